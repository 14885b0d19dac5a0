/* What a part of the offline bundle's run has shown, read from the files that it wrote. */
import { existsSync, readFileSync } from 'node:fs';
import { scenariosOf } from '../format.js';
import { ownOf, type Results } from '../results.js';
import { ratioTable } from '../table.js';
import type { Part } from './parts.js';
import type { Ending } from './run-part.js';

export interface PartResult {
  readonly name: string;
  readonly title: string;
  readonly status: Ending['status'] | 'left out';
  readonly seconds?: number;
  /** What it counted, or why it did not run. */
  readonly message?: string;
  /** What failed. */
  readonly failures?: readonly string[];
  /** The mean ratios of a part that measures. */
  readonly ratios?: string;
}

/** What suite.ts writes. */
interface SuiteResults {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly device?: string;
  readonly results: readonly {
    readonly group: string;
    readonly name: string;
    readonly status: string;
    readonly reason?: string;
  }[];
}

/**
 * @param json the results that the part wrote; a part that was ended may have written some of them, or none
 * @param log its output, which has the reason if it could not run
 */
export function resultOf({ name, title }: Part, ending: Ending, json: string, log: string): PartResult {
  const results: SuiteResults | Results | undefined = existsSync(json)
    ? JSON.parse(readFileSync(json, 'utf8'))
    : undefined;
  const found = results === undefined ? {} : 'rows' in results ? ofTimes(results) : ofSuite(results);
  const nothing = ending.status === 'failed' && !found.failures?.length;
  return { name, title, ...ending, ...found, ...(nothing && { failures: [lastLine(log)] }) };
}

type Found = Pick<PartResult, 'message' | 'failures' | 'ratios'>;

function ofSuite({ passed, failed, skipped, total, device, results }: SuiteResults): Found {
  const missing = total - results.length;
  return {
    message: [
      `${passed} passed, ${failed} failed, ${skipped} skipped`,
      ...(missing > 0 ? [`${missing} not run`] : []),
      ...(device ? [device] : []),
    ].join('; '),
    failures: results
      .filter(({ status }) => status === 'failed')
      .map(({ group, name, reason }) => `${group}: ${name}: ${reason}`),
  };
}

function ofTimes({ rows, refused }: Results): Found {
  const scenarios = new Set([...rows, ...refused].map(({ scenario }) => scenario));
  const wrong = refused.filter(({ wrong }) => wrong);
  const adapter = rows.find(({ gpu }) => gpu)?.gpu?.adapter;
  return {
    message: [
      `${scenariosOf(scenarios.size)}, ${rows.length} measurements`,
      ...(adapter ? [adapter] : []),
    ].join('; '),
    failures: wrong.map(({ scenario, system, reason }) => `${scenario}: ${system}: ${reason}`),
    ratios: ratioTable(ownOf(rows) ?? '', rows),
  };
}

function lastLine(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').pop() ?? '';
}

/** A line for each part, then the failures and the mean ratios. */
export function summaryOf(results: readonly PartResult[]): string {
  const lines = results.map(({ title, status, seconds, message = '' }) => {
    const time = seconds === undefined ? '' : `${seconds.toFixed(0)} s`;
    return `${title.padEnd(36)} ${status.padEnd(12)} ${time.padStart(5)}  ${message}`.trimEnd();
  });
  const failures = results.flatMap(({ name, failures = [] }) =>
    failures.map((failure) => `FAIL  ${name}: ${failure}`),
  );
  const ratios = results.flatMap(({ title, ratios }) => (ratios ? [`\n${title}: ${ratios}`] : []));
  return [...lines, ...failures, ...ratios].join('\n');
}
