/* Results as text. */
import { duration, percent, significant, threadsOf } from './format.js';
import {
  describeMachine,
  ownOf,
  type RatioSummary,
  type Refusal,
  type Results,
  type Row,
  ratioTo,
  summarizeRatios,
} from './results.js';
import { allScenarios, flopsOf, type Scenario } from './scenarios.js';

/**
 * All of a run: the machine, each scenario's table, and the ratios taken together.
 * @throws Error where it names a scenario that has no row and is not known
 */
export function resultsTable({ machine, rows, refused }: Results): string {
  const own = ownOf(rows) ?? '';
  const names = new Set([...rows, ...refused].map(({ scenario }) => scenario));
  const tables = [...names].map((name) => {
    const of = ({ scenario }: { scenario: string }) => scenario === name;
    const [row] = rows.filter(of);
    // The row's own sizes: scenarios change.
    const scenario = row ? { ...row, name } : allScenarios.find((known) => known.name === name);
    if (!scenario) throw new Error(`the scenario '${name}' is not known`);
    return scenarioTable(own, scenario, rows.filter(of), refused.filter(of));
  });
  const ratios = summarizeRatios(own, rows);
  const together = ratios.length > 0 ? [ratioTable(own, ratios)] : [];
  return [`${describeMachine(machine)}; ${machine.date.slice(0, 10)}\n`, ...tables, ...together].join('\n');
}

/** A scenario's rows, and why others are missing. */
export function scenarioTable(
  own: string,
  scenario: Scenario,
  rows: readonly Row[],
  refused: readonly Refusal[],
): string {
  const { name, shape, outputs } = scenario;
  const sizes = Object.entries({ ...shape, ...(outputs && { outputs }) }).map(
    ([axis, size]) => `${axis} ${size}`,
  );
  const gflop = flopsOf(scenario) / 1e9;
  const peak = rows[0]?.peakGflops;
  const title = [name, sizes.join(', '), `${gflop.toPrecision(3)} GFLOP`];
  if (peak) title.push(`innermost kernel ${peak.toFixed(1)} GFLOP/s`);
  const cells = rows.map((row) => {
    const ratio = ratioTo(own, row, rows);
    return [
      row.system,
      threadsOf(row.threads),
      duration(row.medianMs),
      `${duration(row.minMs)} – ${duration(row.maxMs)}`,
      `±${percent(row.spread / 2)}`,
      ratio === undefined ? '' : `×${significant(ratio)}`,
      row.peakShare === null ? '' : `${percent(row.peakShare)} of the kernel`,
      row.bytes === undefined ? '' : `${(row.bytes / 1e6).toFixed(1)} MB`,
      processesOf(row),
      `${row.runs} runs`,
    ];
  });
  const missing = refused
    .filter(({ wrong }) => wrong)
    .map(({ system, threads, reason }) => `  NOT TIMED  ${system}, ${threadsOf(threads)}: ${reason}`);
  return [title.join(' · '), ...aligned(cells), ...missing, ''].join('\n');
}

/** Where the time went: beside a GPU's process, as much of the page's as was spent on giving it work. */
function processesOf({ gpu, processMs }: Row): string {
  if (!gpu || !processMs) return '';
  return `processor time: page ${duration(processMs.page)}, GPU process ${duration(processMs.gpu)}`;
}

/** Each system's ratios, taken together. */
export function ratioTable(own: string, ratios: readonly RatioSummary[]): string {
  const cells = ratios.map(({ cell, mode, outputs, system, threads, geomean, least, most, scenarios }) => [
    `${cell} ${mode}${outputs ? ' and dense' : ''}`,
    system,
    threadsOf(threads),
    `×${significant(geomean)}`,
    scenarios > 1 ? `×${significant(least)} – ×${significant(most)} in ${scenarios} scenarios` : '',
  ]);
  return [`Times as long as ${own}, geometric mean`, ...aligned(cells)].join('\n');
}

/** Words on the left, numbers on the right. */
function aligned(cells: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...cells.map((row) => row[column].length));
  return cells.map((row) => {
    const padded = row.map((cell, at) => (at < 2 ? cell.padEnd(width(at)) : cell.padStart(width(at))));
    return `  ${padded.join('  ')}`.trimEnd();
  });
}
