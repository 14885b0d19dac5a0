import { largest } from './extremes.js';
import type { Score } from './score.js';

/** One row of the table of errors. */
export interface SystemScore extends Score {
  readonly name: string;
}

/** `1,268.0`, or `1.268e+20` if that would take too many digits. */
export function formatNumber(value: number, digits = 1): string {
  if (Math.abs(value) >= 1e15 || digits > 12) return value === 0 ? '0' : value.toExponential(3);
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The table of errors, a row for each system. */
export function scoreTable(systems: readonly SystemScore[]): string {
  // Small errors need more digits.
  const most = largest(systems.map(({ mae }) => mae)) || 1;
  const digits = Math.max(1, 2 - Math.floor(Math.log10(most)));
  const rows = [
    ['', 'MAE', 'RMSE'],
    ...systems.map(({ name, mae, rmse }) => [name, formatNumber(mae, digits), formatNumber(rmse, digits)]),
  ];
  const widths = rows[0].map((_, column) => largest(rows.map((row) => row[column].length)));
  return rows
    .map(([name, ...numbers]) => {
      const cells = numbers.map((number, i) => number.padStart(widths[i + 1] + 3));
      return `  ${name.padEnd(widths[0])}${cells.join('')}`;
    })
    .join('\n');
}

/** The names of the baselines that are at least as good as the network in MAE or in RMSE. */
export function unbeaten(network: SystemScore, baselines: readonly SystemScore[]): string[] {
  return baselines
    .filter(({ mae, rmse }) => !(network.mae < mae && network.rmse < rmse))
    .map(({ name }) => name);
}
