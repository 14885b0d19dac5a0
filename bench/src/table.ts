/* Results as text. */
import { duration, percent, significant, threadsOf } from './format.js';
import { describeMachine, ownOf, type Refusal, type Results, type Row, ratioTo } from './results.js';
import { allScenarios, flopsOf, type Scenario } from './scenarios.js';
import { geometricMean } from './statistics.js';

/**
 * A whole run: the machine, a table for each scenario, and the mean ratios.
 * @throws Error for a scenario without rows that is not known
 */
export function resultsTable({ machine, rows, refused }: Results): string {
  const own = ownOf(rows) ?? '';
  const names = new Set([...rows, ...refused].map(({ scenario }) => scenario));
  const tables = [...names].map((name) => {
    const inScenario = ({ scenario }: { scenario: string }) => scenario === name;
    const [row] = rows.filter(inScenario);
    // The sizes are those of the row: scenarios may have changed since.
    const scenario = row ? { ...row, name } : allScenarios.find((known) => known.name === name);
    if (!scenario) throw new Error(`the scenario '${name}' is not known`);
    return scenarioTable(own, scenario, rows.filter(inScenario), refused.filter(inScenario));
  });
  return [`${describeMachine(machine)}; ${machine.date.slice(0, 10)}\n`, ...tables, ratioTable(own, rows)]
    .join('\n')
    .trimEnd();
}

/** The rows of a scenario, and the systems that failed. */
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
      processTimes(row),
      `${row.runs} runs`,
    ];
  });
  const failed = refused
    .filter(({ wrong }) => wrong)
    .map(({ system, threads, reason }) => `  NOT TIMED  ${system}, ${threadsOf(threads)}: ${reason}`);
  return [title.join(' · '), ...aligned(cells), ...failed, ''].join('\n');
}

function processTimes({ gpu, processMs }: Row): string {
  if (!gpu || !processMs) return '';
  return `processor time: page ${duration(processMs.page)}, GPU process ${duration(processMs.gpu)}`;
}

/** The ratios of a system for a cell, a mode and a number of threads. */
export interface RatioGroup {
  readonly labels: readonly string[];
  readonly ratios: number[];
}

export function ratioGroups(own: string, rows: readonly Row[]): ReadonlyMap<string, RatioGroup> {
  const groups = new Map<string, RatioGroup>();
  for (const row of rows) {
    const { cell, mode, outputs, system, threads } = row;
    const ratio = ratioTo(own, row, rows);
    if (ratio === undefined || (system === own && threads === 1)) continue;
    const labels = [`${cell} ${mode}${outputs ? ' and dense' : ''}`, system, threadsOf(threads)];
    const group = groups.get(labels.join()) ?? { labels, ratios: [] };
    group.ratios.push(ratio);
    groups.set(labels.join(), group);
  }
  return groups;
}

/** The mean ratio of each system, for each cell, mode and number of threads; empty if there are no ratios. */
export function ratioTable(own: string, rows: readonly Row[]): string {
  const groups = ratioGroups(own, rows);
  if (groups.size === 0) return '';
  const cells = [...groups.values()].map(({ labels, ratios }) => {
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => `×${significant(ratio)}`);
    const range = ratios.length > 1 ? `${least} – ${most} in ${ratios.length} scenarios` : '';
    return [...labels, `×${significant(geometricMean(ratios))}`, range];
  });
  return [`Times as long as ${own}, geometric mean`, ...aligned(cells)].join('\n');
}

/** The first two columns are aligned on the left, the others on the right. */
export function aligned(cells: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...cells.map((row) => row[column].length));
  return cells.map((row) => {
    const padded = row.map((cell, column) =>
      column < 2 ? cell.padEnd(width(column)) : cell.padStart(width(column)),
    );
    return `  ${padded.join('  ')}`.trimEnd();
  });
}
