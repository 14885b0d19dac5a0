import { largest } from '../extremes.js';
import type { SystemScore } from './job.js';

/** `1,268.0`; `1.268e+20` where there would be too many digits before the point, or only zeros after it */
export function decimal(value: number, digits = 1): string {
  if (Math.abs(value) >= 1e15 || digits > 12) return value === 0 ? '0' : value.toExponential(3);
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Errors side by side, in columns. */
export function scoreTable(systems: readonly SystemScore[]): string {
  // Series of small numbers need more digits.
  const most = largest(systems.map(({ mae }) => mae)) || 1;
  const digits = Math.max(1, 2 - Math.floor(Math.log10(most)));
  const rows = [
    ['', 'MAE', 'RMSE'],
    ...systems.map(({ name, mae, rmse }) => [name, decimal(mae, digits), decimal(rmse, digits)]),
  ];
  const widths = rows[0].map((_, column) => largest(rows.map((row) => row[column].length)));
  return rows
    .map(([name, ...numbers]) => {
      const cells = numbers.map((number, i) => number.padStart(widths[i + 1] + 3));
      return `  ${name.padEnd(widths[0])}${cells.join('')}`;
    })
    .join('\n');
}

/** The baselines that are as good as the network, or better, in one of the errors. */
export function unbeaten(network: SystemScore, baselines: readonly SystemScore[]): string[] {
  return baselines
    .filter(({ mae, rmse }) => !(network.mae < mae && network.rmse < rmse))
    .map(({ name }) => name);
}
