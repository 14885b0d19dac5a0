/* The demand for taxis, and alarms from an error over time. */

/** Rows of a window: half hours of a day. */
export const DAY = 48;
export const WEEK = 7 * DAY;
/** The number of rows around each row over which the error is averaged: two days. */
const AROUND = 2 * DAY;
/** The share of the training rows whose error may exceed the threshold. */
const ACCEPTED = 0.01;

export interface Demand {
  /** ISO, by half hour. */
  readonly times: readonly string[];
  /** Passengers. */
  readonly values: readonly number[];
  /** Inside a window that people labelled as an anomaly. */
  readonly labelled: readonly boolean[];
  /** The first labelled row. The rows before it are for training, the rest for the score. */
  readonly end: number;
}

/** The rows of the file: time, value, 1 for labelled. */
export function demandOf(rows: readonly (readonly string[])[]): Demand {
  const labelled = rows.map(([, , anomaly]) => anomaly === '1');
  return {
    times: rows.map(([time]) => time),
    values: rows.map(([, value]) => Number(value)),
    labelled,
    end: labelled.indexOf(true),
  };
}

/** The mean over the two days around each row, over less at the ends. */
export function smoothed(errors: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(errors.length + 1);
  for (let i = 0; i < errors.length; i++) sums[i + 1] = sums[i] + errors[i];
  return Float64Array.from(errors, (_, i) => {
    const [from, to] = [Math.max(0, i - AROUND / 2), Math.min(errors.length, i + AROUND / 2)];
    return (sums[to] - sums[from]) / (to - from);
  });
}

/** The absolute difference from the same half hour a week before, smoothed; 0 in the first week. */
export function weekDifference({ values }: Demand): Float64Array {
  return smoothed(values.map((value, i) => (i < WEEK ? 0 : Math.abs(value - values[i - WEEK]))));
}

/** The error that one in a hundred training rows exceeds. */
export function thresholdOf(errors: Float64Array, { end }: Demand): number {
  return errors.slice(0, end).sort()[Math.ceil(end * (1 - ACCEPTED)) - 1];
}

/** F1 of the alarms where the error is above the threshold, row by row, over the rows for the score. */
export function f1(errors: Float64Array, threshold: number, { labelled, end }: Demand): number {
  let [hits, alarms, positives] = [0, 0, 0];
  for (let i = end; i < errors.length; i++) {
    if (errors[i] > threshold) alarms++;
    if (labelled[i]) positives++;
    if (errors[i] > threshold && labelled[i]) hits++;
  }
  return (2 * hits) / (alarms + positives);
}

/** The F1 of the best threshold, which nobody could know in advance. */
export function bestF1(errors: Float64Array, demand: Demand): number {
  const levels = new Set([-1, ...errors.subarray(demand.end)]);
  return Math.max(...Array.from(levels, (level) => f1(errors, level, demand)));
}

/** The runs of true values, as [from, to). */
export function runsOf(values: readonly boolean[]): (readonly [from: number, to: number])[] {
  const starts = values.flatMap((value, i) => (value && !values[i - 1] ? [i] : []));
  return starts.map((from) => {
    const next = values.indexOf(false, from);
    return [from, next < 0 ? values.length : next];
  });
}
