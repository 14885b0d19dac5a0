/* The times of the rows: dates, their order, and the step from one row to the next. */
import { DataError } from '@recurra/core';
import type { Table } from './csv.js';

/** The time of a row, read as UTC, so that daylight saving on this machine does not matter. */
export interface RowTime {
  readonly time: Date;
  /** The line number in the file, from 1. */
  readonly line: number;
}

/** The time from one row to the next. */
export type Step = { readonly milliseconds: number } | { readonly months: number };

export function isStep(value: unknown): value is Step {
  const { milliseconds, months } = (value ?? {}) as { milliseconds?: unknown; months?: unknown };
  const [length, other] = months === undefined ? [milliseconds, months] : [months, milliseconds];
  return Number.isSafeInteger(length) && (length as number) > 0 && other === undefined;
}

const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Parses ISO 8601 dates, with or without the time of day.
 * @throws DataError, with the line, for a cell that is not a date, a day or hour that does not exist, and a change of time zone
 */
export function timesOf(name: string, { path, column }: Table): RowTime[] {
  let zone: string | undefined;
  return column(name).map(({ text, line }, row) => {
    const position = `${path}, line ${line}, ${name}`;
    const match = form.exec(text);
    if (!match) {
      const problem = text === '' ? 'the cell is empty, expected' : `"${text}" is not`;
      throw new DataError(`${position}: ${problem} a date such as 2017-01-31 or 2017-01-31T18:00`);
    }
    const [year, month, date, hour, minute, second] = match.slice(1, 7).map((part = '0') => Number(part));
    const time = new Date(
      Date.UTC(year, month - 1, date, hour, minute, second, Number((match[7] ?? '').padEnd(3, '0'))),
    );
    const read = [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate(), time.getUTCHours()];
    const exists =
      read.every((part, i) => part === [year, month, date, hour][i]) && minute < 60 && second < 60;
    if (!exists) throw new DataError(`${position}: ${text} does not exist`);
    if (row === 0) zone = match[8];
    if (match[8] !== zone) {
      throw new DataError(
        `${position}: the time zone is ${match[8] ?? 'not given'}, but ${zone ?? 'not given'} in the first row; use one time zone for all rows`,
      );
    }
    return { time, line };
  });
}

/**
 * The step between rows that are ordered from the oldest to the newest; undefined for a single row.
 * @throws DataError, with the line, for rows that are out of order, equal times and gaps
 */
export function stepOf(rows: readonly RowTime[], path: string): Step | undefined {
  if (rows.length < 2) return undefined;
  checkOrder(rows, path);
  const byClock = stepsIn(rows.map(({ time }) => time.getTime()));
  const months = monthsOf(rows);
  const byMonth = months && stepsIn(months);
  const inMonths = byMonth && byMonth.gaps.length < byClock.gaps.length ? byMonth : undefined;
  const { length, gaps } = inMonths ?? byClock;
  const step = inMonths ? { months: length } : { milliseconds: length };
  if (gaps.length === 0) return step;
  const [before, after] = [rows[gaps[0] - 1], rows[gaps[0]]];
  const many = gaps.length > 1;
  throw new DataError(
    `${path}: the rows have a time step of ${textOfStep(step)}, except for ${many ? `${gaps.length} gaps: the first is` : '1 gap:'} ` +
      `from line ${before.line} (${textOfTime(before.time)}) to line ${after.line} (${textOfTime(after.time)}). ` +
      'Fill in the gaps, or leave out --time: each row then counts as one step',
  );
}

function checkOrder(rows: readonly RowTime[], path: string): void {
  const at = rows.findIndex(({ time }, i) => i > 0 && time <= rows[i - 1].time);
  if (at < 0) return;
  const [before, { time, line }] = [rows[at - 1], rows[at]];
  if (time.getTime() === before.time.getTime()) {
    throw new DataError(`${path}: lines ${before.line} and ${line} have the same time, ${textOfTime(time)}`);
  }
  const newestFirst = rows.every((row, i) => i === 0 || row.time < rows[i - 1].time);
  throw new DataError(
    `${path}, line ${line}: ${textOfTime(time)} is before ${textOfTime(before.time)} of line ${before.line}` +
      `${newestFirst ? ', and so on: the rows run from the newest to the oldest' : ''}. ` +
      'Rows must run from the oldest to the newest; --sort sorts them',
  );
}

interface Steps {
  /** The most frequent step. */
  readonly length: number;
  /** The rows that are not one step after the previous row. */
  readonly gaps: readonly number[];
}

function stepsIn(positions: readonly number[]): Steps {
  const counts = new Map<number, number>();
  const stepTo = (i: number) => positions[i] - positions[i - 1];
  for (let i = 1; i < positions.length; i++) counts.set(stepTo(i), (counts.get(stepTo(i)) ?? 0) + 1);
  const [[length]] = [...counts].sort(([, a], [, b]) => b - a);
  return { length, gaps: [...positions.keys()].filter((i) => i > 0 && stepTo(i) !== length) };
}

/** The month number of each row if all are on the same day of the month, or on its last day; else undefined. */
function monthsOf(rows: readonly RowTime[]): number[] | undefined {
  const [first] = rows;
  const regular = rows.every(({ time }) => {
    const sameDay =
      time.getUTCDate() === first.time.getUTCDate() || (isLastOfMonth(time) && isLastOfMonth(first.time));
    return sameDay && clockOf(time) === clockOf(first.time);
  });
  return regular ? rows.map(({ time }) => time.getUTCFullYear() * 12 + time.getUTCMonth()) : undefined;
}

const day = 86_400_000;

/** Milliseconds since midnight. */
function clockOf(time: Date): number {
  return time.getTime() - Math.floor(time.getTime() / day) * day;
}

function isLastOfMonth(time: Date): boolean {
  return new Date(time.getTime() + day).getUTCDate() === 1;
}

/** The time `count` steps later. In steps of months, the last day of a month leads to the last day of another. */
export function timeAfter(time: Date, step: Step, count: number): Date {
  if ('milliseconds' in step) return new Date(time.getTime() + count * step.milliseconds);
  const [year, month] = [time.getUTCFullYear(), time.getUTCMonth() + count * step.months];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const date = isLastOfMonth(time) ? last : Math.min(time.getUTCDate(), last);
  return new Date(Date.UTC(year, month, date) + clockOf(time));
}

/** `1 hour`, `15 minutes`, `3 months` */
export function textOfStep(step: Step): string {
  const [count, unit] = 'months' in step ? [step.months, 'month'] : inUnits(step.milliseconds);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function inUnits(milliseconds: number): [number, string] {
  const units = { day, hour: 3_600_000, minute: 60_000, second: 1000 };
  const [unit, length] = Object.entries(units).find(([, length]) => milliseconds % length === 0) ?? [
    'millisecond',
    1,
  ];
  return [milliseconds / length, unit];
}

/** `2017-01-31T18:00` */
export function textOfTime(time: Date): string {
  return time.toISOString().replace(/(:00)?\.000Z$|Z$/, '');
}
