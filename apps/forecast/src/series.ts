import { OptionError } from '@recurra/core';
import { parseTable } from './csv.js';
import { numbersOf } from './numbers.js';
import { type Step, stepOf, timesOf } from './times.js';

/** A value for each step, from the oldest to the newest. */
export interface Series {
  /** The name of the CSV file's column. */
  readonly column: string;
  readonly values: Float64Array;
  /** The local time of each value, on a clock without daylight saving; absent if the file has no column of times. */
  readonly times?: readonly Date[];
  /** The time from one value to the next; absent without times, and for a single value. */
  readonly step?: Step;
}

/** The columns of a CSV file to read. */
export interface SeriesColumns {
  readonly target: string;
  /** The column of ISO 8601 dates, with or without the time of day. Default: none; each row is a step. */
  readonly time?: string;
  /** Sort the rows by their times. Default false: they must be in order. */
  readonly sort?: boolean;
}

/**
 * Parses a series from CSV with a header.
 * @param path the file's name, for the errors
 * @throws OptionError if the file has no such column; DataError, with the line, for a cell that is not a number or a date,
 *   and for rows that are out of order or not at equal distances in time
 */
export function parseSeries(
  text: string,
  path: string,
  { target, time, sort = false }: SeriesColumns,
): Series {
  if (sort && time === undefined) throw new OptionError('--sort needs --time: the column to sort by');
  const table = parseTable(text, path);
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
