import { fileURLToPath } from 'node:url';
import { DataError, OptionError } from '@recurra/core';
import { CsvError, parse } from 'csv-parse/sync';
import { readText } from '../files.js';

/** One number a step, and when it was. */
export interface Series {
  /** Of the CSV file. */
  readonly column: string;
  readonly values: Float64Array;
  /** Local time of each value, to a clock without summer time; absent where the file has no column of times. */
  readonly times?: readonly Date[];
}

export interface SeriesColumns {
  readonly target: string;
  /** ISO 8601 dates, with or without the time of day. */
  readonly time?: string;
}

/**
 * Columns of a CSV file with a header.
 * @throws OptionError for a column that the file does not have; DataError, naming the line, for what is not a number or date
 */
export async function readSeries(path: string, { target, time }: SeriesColumns): Promise<Series> {
  const [header = [], ...rows] = parseCsv(path, await readText(path));
  const column = (name: string): string[] => {
    const at = header.indexOf(name);
    if (at < 0) throw new OptionError(`${path} has no column "${name}"; its columns: ${header.join(', ')}`);
    return rows.map((row) => row[at]);
  };
  if (rows.length === 0) throw new DataError(`${path} has no rows`);
  const place = (name: string, row: number) => `${path}, row ${row + 1}, ${name}`;
  return {
    column: target,
    values: Float64Array.from(column(target), (text, row) => numberOf(text, place(target, row))),
    times: time === undefined ? undefined : column(time).map((text, row) => dateOf(text, place(time, row))),
  };
}

/** Hourly electricity load of Tetouan (Morocco) in 2017, in kW: see data/energy-tetouan/README.md. */
export function readEnergy(): Promise<Series> {
  const path = fileURLToPath(new URL('../../data/energy-tetouan/tetouan-hourly.csv', import.meta.url));
  return readSeries(path, { target: 'power_kw', time: 'datetime' });
}

function parseCsv(path: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    if (error instanceof CsvError) throw new DataError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

function numberOf(text: string, place: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new DataError(`${place}: "${text}" is not a finite number`);
}

/** Read as if it were UTC, so that no summer time of this machine gets in. */
function dateOf(text: string, place: string): Date {
  const [, day, clock = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?/.exec(text) ?? [];
  const date = new Date(`${day}T${clock}Z`);
  if (!Number.isNaN(date.getTime())) return date;
  throw new DataError(`${place}: "${text}" is not a date such as 2017-01-31 or 2017-01-31T18:00`);
}
