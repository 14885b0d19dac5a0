/*
 * The inputs and outputs of the network. A load varies far more within a day than from one day to the next, so both are
 * seasonal differences: the input is each value minus the value one season before (for hours, the same hour of the day
 * before), the output the next values minus those of the last known season. Differences do not depend on the level, which
 * drifts over the year.
 */
import { type NDArray, OptionError, type Sample } from '@recurra/core';
import type { Series } from './series.js';

/** The shape of a forecast. Together with the network, it is all that is needed to run the forecast. */
export interface Task {
  /** The number of steps that the network reads. */
  readonly history: number;
  /** The number of steps that it forecasts. */
  readonly horizon: number;
  /** The period of the series, in steps; at most `history`. */
  readonly season: number;
  /** True if the hour and the weekday of each step are inputs too. */
  readonly calendar: boolean;
  /** The root mean square of the seasonal differences in the training part. */
  readonly scale: number;
}

/** Two harmonics of the day, and one input for each weekday. */
const calendarInputs = 4 + 7;

/** The number of inputs of each step. */
export function inputWidth({ calendar }: Pick<Task, 'calendar'>): number {
  return 1 + (calendar ? calendarInputs : 0);
}

/**
 * The task for a series; its scale is computed from the values before `end`.
 * @throws OptionError if the season is longer than the history, or nothing is left to train on
 */
export function taskOf(
  { values, times }: Series,
  shape: Pick<Task, 'history' | 'horizon' | 'season'>,
  end: number,
): Task {
  const { history, horizon, season } = shape;
  if (season > history)
    throw new OptionError(`the season, ${season}, must not be longer than the history, ${history}`);
  const needed = season + history + horizon;
  if (end < needed) {
    throw new OptionError(
      `${end} steps are left to train on, but one window needs ${needed} (season ${season}, history ${history}, horizon ${horizon})`,
    );
  }
  let sum = 0;
  for (let t = season; t < end; t++) sum += (values[t] - values[t - season]) ** 2;
  const scale = Math.sqrt(sum / (end - season)) || 1;
  return { history, horizon, season, calendar: times !== undefined, scale };
}

/** The calendar inputs at a time: sines and cosines of the hour, and the weekday as one of seven. */
export function calendarOf(time: Date): number[] {
  const day = ((time.getUTCHours() + time.getUTCMinutes() / 60) * 2 * Math.PI) / 24;
  const weekday = Array.from({ length: 7 }, (_, i) => Number(i === time.getUTCDay()));
  return [Math.sin(day), Math.cos(day), Math.sin(2 * day), Math.cos(2 * day), ...weekday];
}

/** The input of the network, [history, inputs], from the `history` steps before `origin` only. */
export function inputOf({ values, times = [] }: Series, origin: number, task: Task): NDArray {
  const { history, season, calendar, scale } = task;
  const width = inputWidth(task);
  const data = new Float64Array(history * width);
  for (let i = 0; i < history; i++) {
    const t = origin - history + i;
    // The differences of the first season would need values from before the window.
    data[i * width] = i < season ? 0 : (values[t] - values[t - season]) / scale;
    if (calendar) data.set(calendarOf(times[t]), i * width + 1);
  }
  return { data, shape: [history, width] };
}

/** The last value before `origin` at the same point of the season as step `origin + ahead`. */
export function seasonBefore(values: Float64Array, origin: number, ahead: number, season: number): number {
  return values[origin - season + (ahead % season)];
}

/** The target of the network at `origin`, the first step to forecast. */
function targetOf({ values }: Series, origin: number, { horizon, season, scale }: Task): number[] {
  return Array.from({ length: horizon }, (_, ahead) => {
    return (values[origin + ahead] - seasonBefore(values, origin, ahead, season)) / scale;
  });
}

/** Converts the output of the network at `origin` to the series' unit. */
export function forecastOf(
  output: ArrayLike<number>,
  { values }: Pick<Series, 'values'>,
  origin: number,
  { season, scale }: Task,
): Float64Array {
  return Float64Array.from(
    output,
    (change, ahead) => seasonBefore(values, origin, ahead, season) + change * scale,
  );
}

/**
 * The training windows, which use no value from `end` on. The network makes a forecast after each step of a window, and
 * each counts in the loss, so windows that overlap by six sevenths use every value often enough.
 */
export function trainingSamples(series: Series, task: Task, end: number): Sample[] {
  const { history, horizon, season } = task;
  const stride = Math.max(1, Math.round(history / 7));
  const samples: Sample[] = [];
  for (let origin = end - horizon; origin - history >= season; origin -= stride) {
    const first = origin - history + 1;
    samples.push({
      x: inputOf(series, origin, task),
      y: Array.from({ length: history }, (_, i) => targetOf(series, first + i, task)),
    });
  }
  return samples;
}

/** Every step between `from` and `to` at which a full forecast can start. */
export function originsBetween(from: number, to: number, { horizon }: Pick<Task, 'horizon'>): number[] {
  return Array.from({ length: Math.max(0, to - from - horizon + 1) }, (_, i) => from + i);
}
