/* Results as text. */
import { duration, percent, significant, threadsOf } from './format.js';
import { type RatioSummary, type Refusal, type Row, ratioTo } from './results.js';
import { flopsOf, type Scenario } from './scenarios.js';

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
