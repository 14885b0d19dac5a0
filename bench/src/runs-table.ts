/* The results of several runs as one table. */
import { duration, scenariosOf, significant, threadsOf } from './format.js';
import { describeMachine, ownOf, type Results, type Row, ratioTo } from './results.js';
import { geometricMean, median } from './statistics.js';
import { aligned, ratioGroups } from './table.js';

/**
 * The median of the runs' medians, and of their ratios, with the ranges of both. Ratios are those within a run, so that a slow hour of the
 * machine does not affect them. Only what every run has measured is in the means.
 * @param runs at least one, with the same system of Recurra
 * @throws Error if the runs have different ones
 */
export function runsTable(runs: readonly Results[]): string {
  const [own = '', ...others] = runs.map(({ rows }) => ownOf(rows) ?? 'no system of Recurra');
  const other = others.find((name) => name !== own);
  if (other) throw new Error(`the first run measured ${own}, and another ${other}`);
  const machines = runs.map(({ machine }) => `${describeMachine(machine)}; ${machine.date}`);
  const scenarios = [...new Set(runs.flatMap(({ rows }) => rows.map(({ scenario }) => scenario)))];
  const tables = scenarios.map((scenario) => scenarioOfRuns(own, scenario, runs));
  return [...machines, '', ...tables, meansOfRuns(own, runs)].join('\n').trimEnd();
}

/** A system with a number of threads in one scenario. */
function keyOf({ scenario, system, threads }: Row): string {
  return `${scenario}, ${system}, ${threads}`;
}

function scenarioOfRuns(own: string, scenario: string, runs: readonly Results[]): string {
  const all = runs.flatMap(({ rows }) => rows.filter((row) => row.scenario === scenario));
  const cells = [...new Set(all.map(keyOf))].map((key) => {
    const rows = all.filter((row) => keyOf(row) === key);
    const times = rows.map(({ medianMs }) => medianMs);
    const ratios = runs.flatMap((run) => {
      const row = run.rows.find((row) => keyOf(row) === key);
      return (row && ratioTo(own, row, run.rows)) ?? [];
    });
    const isBase = rows[0].system === own && rows[0].threads === 1;
    const count = rows.length < runs.length ? [`in ${rows.length} of ${runs.length} runs`] : [];
    return [
      rows[0].system,
      threadsOf(rows[0].threads),
      duration(median(times)),
      range(times, duration),
      ratios.length > 0 ? `×${significant(median(ratios))}` : '',
      ratios.length > 0 && !isBase ? range(ratios, multiple) : '',
      count.join(),
    ];
  });
  const failed = runs.flatMap(({ refused }) =>
    refused
      .filter((refusal) => refusal.wrong && refusal.scenario === scenario)
      .map(({ system, threads, reason }) => `  NOT TIMED  ${system}, ${threadsOf(threads)}: ${reason}`),
  );
  return [scenario, ...aligned(cells), ...new Set(failed), ''].join('\n');
}

function meansOfRuns(own: string, runs: readonly Results[]): string {
  const inAll = ({ rows }: Results) =>
    rows.filter((row) => runs.every((run) => run.rows.some((other) => keyOf(other) === keyOf(row))));
  const groups = runs.map((run) => ratioGroups(own, inAll(run)));
  const cells = [...groups[0]].map(([key, { labels, ratios }]) => {
    const means = groups.map((ofRun) => geometricMean(ofRun.get(key)?.ratios ?? []));
    return [...labels, `×${significant(median(means))}`, range(means, multiple), scenariosOf(ratios.length)];
  });
  if (cells.length === 0) return '';
  return [
    `Times as long as ${own}, geometric mean: the median of ${runs.length} runs, and their range`,
    ...aligned(cells),
  ].join('\n');
}

function range(values: readonly number[], format: (value: number) => string): string {
  return `${format(Math.min(...values))} – ${format(Math.max(...values))}`;
}

function multiple(ratio: number): string {
  return `×${significant(ratio)}`;
}
