/* What a run leaves: `--json` and the benchmark page write it, the table and the chart read it. */
import type { ProcessTimes } from './lane.js';
import type { Cell, Mode, Shape } from './scenarios.js';
import { geometricMean, type Summary } from './statistics.js';
import type { Gpu } from './system.js';

export interface Row extends Summary {
  readonly scenario: string;
  readonly system: string;
  readonly version: string;
  /** `Node 24.1.0`, `Chromium 156.0.8078.79`, `Python 3.11.2` */
  readonly runtime: string;
  /** What was found to run: `WebAssembly SIMD128, 1 thread, fused` */
  readonly executor: string;
  /** What it computed on, where that is a GPU or acts as one. */
  readonly gpu?: Gpu;
  readonly threads: number;
  readonly cell: Cell;
  readonly mode: Mode;
  readonly shape: Shape;
  readonly resetAfter?: false;
  readonly outputs?: number;
  /**
   * Speed of the matrix products as a share of `peakGflops` times the threads: null without Recurra in the run. What is
   * native has wider vectors and may be above 1.
   */
  readonly peakShare: number | null;
  /** Speed of Recurra's matrix product on one thread during this scenario. */
  readonly peakGflops: number | null;
  /** Bytes on the backend at the end of backward, where Recurra was asked. */
  readonly bytes?: number;
  /** Processor time of one repetition in Chromium's processes, all their threads together. */
  readonly processMs?: ProcessTimes;
}

/** A system that was not timed. */
export interface Refusal {
  readonly scenario: string;
  readonly system: string;
  readonly threads: number;
  readonly reason: string;
  /** It failed, or its outputs differ; else it has no such thing. */
  readonly wrong: boolean;
}

export interface Results {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly refused: readonly Refusal[];
}

/** A browser tells less than Node. */
export interface Machine {
  readonly cpu?: string;
  readonly cores: number;
  readonly memoryGiB?: number;
  readonly os: string;
  readonly node?: string;
  /** `Chromium 156.0.0.0`, where the results come from the benchmark page. */
  readonly browser?: string;
  /** Processes that wanted to run in the minute before, by the system's count. */
  readonly load?: number;
  /** ISO 8601 */
  readonly date: string;
}

/** `AMD EPYC 7B13, 2 cores, Node 24.1.0` */
export function describeMachine({ cpu, cores, os, node, browser }: Machine): string {
  return [cpu ?? os, `${cores} cores`, node === undefined ? browser : `Node ${node}`].join(', ');
}

/** The system that the others are compared with: the first of Recurra's in the rows; undefined where there is none. */
export function ownOf(rows: readonly Row[]): string | undefined {
  return rows.find(({ system }) => system.startsWith('recurra-'))?.system;
}

/**
 * How many times as long as Recurra a row took, with as many threads; for Recurra itself, as with one thread. Undefined
 * where Recurra was not timed so.
 */
export function ratioTo(own: string, row: Row, rows: readonly Row[]): number | undefined {
  const threads = row.system === own ? 1 : row.threads;
  const base = rows.find((other) => {
    return other.system === own && other.scenario === row.scenario && other.threads === threads;
  });
  return base && row.medianMs / base.medianMs;
}

export interface RatioSummary {
  readonly cell: Cell;
  readonly mode: Mode;
  /** With a dense layer on the output. */
  readonly outputs: boolean;
  readonly system: string;
  readonly threads: number;
  readonly geomean: number;
  readonly least: number;
  readonly most: number;
  readonly scenarios: number;
}

/** The ratios of each system, cell, mode and number of threads taken together. */
export function summarizeRatios(own: string, rows: readonly Row[]): RatioSummary[] {
  const groups = new Map<string, { row: Row; ratios: number[] }>();
  for (const row of rows) {
    const ratio = ratioTo(own, row, rows);
    if (ratio === undefined || (row.system === own && row.threads === 1)) continue;
    const key = [row.cell, row.mode, row.outputs, row.system, row.threads].join();
    const group = groups.get(key) ?? { row, ratios: [] };
    group.ratios.push(ratio);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ row: { cell, mode, outputs, system, threads }, ratios }) => ({
    ...{ cell, mode, outputs: outputs !== undefined, system, threads },
    geomean: geometricMean(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    scenarios: ratios.length,
  }));
}
