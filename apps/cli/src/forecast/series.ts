import { fileURLToPath } from 'node:url';
import { OptionError } from '@recurra/core';
import { readTable } from './csv.js';
import { numbersOf } from './numbers.js';
import { type Step, stepOf, timesOf } from './times.js';

/** One number a step, from the oldest to the newest, and when it was. */
export interface Series {
  /** Of the CSV file. */
  readonly column: string;
  readonly values: Float64Array;
  /** Local time of each value, to a clock without summer time; absent where the file has no column of times. */
  readonly times?: readonly Date[];
  /** From one time to the next; absent without times, and for a single one. */
  readonly step?: Step;
}

export interface SeriesColumns {
  readonly target: string;
  /** ISO 8601 dates, with or without the time of day. */
  readonly time?: string;
  /** Rows may be in any order, and are sorted by their times. Default false. */
  readonly sort?: boolean;
}

/**
 * Columns of a CSV file with a header.
 * @throws OptionError for a column that the file does not have; DataError, naming the line, for what is not a number or date,
 *   and for rows that are not in the order of time at equal distances
 */
export async function readSeries(
  path: string,
  { target, time, sort = false }: SeriesColumns,
): Promise<Series> {
  if (sort && time === undefined) throw new OptionError('--sort needs --time: the column to sort by');
  const table = await readTable(path);
  const values = numbersOf(target, table);
  if (time === undefined) return { column: target, values };
  const rows = timesOf(time, table).map((row, i) => ({ ...row, value: values[i] }));
  if (sort) rows.sort((a, b) => a.time.getTime() - b.time.getTime());
  const step = stepOf(rows, path);
  return {
    column: target,
    values: Float64Array.from(rows, ({ value }) => value),
    times: rows.map((row) => row.time),
    ...(step && { step }),
  };
}

/** Hourly electricity load of Tetouan (Morocco) in 2017, in kW: see data/energy-tetouan/README.md. */
export function readEnergy(): Promise<Series> {
  const path = fileURLToPath(new URL('../../data/energy-tetouan/tetouan-hourly.csv', import.meta.url));
  return readSeries(path, { target: 'power_kw', time: 'datetime' });
}
