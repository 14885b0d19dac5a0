/*
 * What the network sees and says. A load changes little from one day to the next compared with its course over the day,
 * so both are in changes: the input is each value's change over the season before (for hours, the same hour of the day
 * before), the output the changes of the next values over the last season known. A network of changes does not care
 * about the level, which drifts over the year.
 */
import { type NDArray, OptionError, type Sample } from '@recurra/core';
import type { Series } from './series.js';

/** A forecast's form: all that must be known besides the network to run it. */
export interface Task {
  /** Steps that the network is given. */
  readonly history: number;
  /** Steps that it forecasts. */
  readonly horizon: number;
  /** Steps after which the series is like itself; at most `history`. */
  readonly season: number;
  /** The hour and the weekday of each step are inputs too. */
  readonly calendar: boolean;
  /** Standard deviation of the change over a season, in the part that is trained on. */
  readonly scale: number;
}

/** Two harmonics of the day, and one input for each weekday. */
const calendarInputs = 4 + 7;

/** Inputs of each step. */
export function inputWidth({ calendar }: Pick<Task, 'calendar'>): number {
  return 1 + (calendar ? calendarInputs : 0);
}

/**
 * The task for a series, its scale learnt from the values before `end`.
 * @throws OptionError where the season does not fit into the history, or nothing is left to train on
 */
export function taskOf(
  { values, times }: Series,
  form: Pick<Task, 'history' | 'horizon' | 'season'>,
  end: number,
): Task {
  const { history, horizon, season } = form;
  if (season > history)
    throw new OptionError(`the season, ${season}, must not be longer than the history, ${history}`);
  const needed = season + history + horizon;
  if (end < needed) {
    throw new OptionError(
      `${end} steps are left to train on, and one window needs ${needed} (season ${season}, history ${history}, horizon ${horizon})`,
    );
  }
  let sum = 0;
  for (let t = season; t < end; t++) sum += (values[t] - values[t - season]) ** 2;
  const scale = Math.sqrt(sum / (end - season)) || 1;
  return { history, horizon, season, calendar: times !== undefined, scale };
}

/** The calendar's inputs at a time: sines and cosines of the hour, 1 for the weekday. */
export function calendarOf(time: Date): number[] {
  const day = ((time.getUTCHours() + time.getUTCMinutes() / 60) * 2 * Math.PI) / 24;
  const weekday = Array.from({ length: 7 }, (_, i) => Number(i === time.getUTCDay()));
  return [Math.sin(day), Math.cos(day), Math.sin(2 * day), Math.cos(2 * day), ...weekday];
}

/** What the network is given of the `history` steps before `origin`, and of no others: [history, inputs]. */
export function inputOf({ values, times = [] }: Series, origin: number, task: Task): NDArray {
  const { history, season, calendar, scale } = task;
  const width = inputWidth(task);
  const data = new Float64Array(history * width);
  for (let i = 0; i < history; i++) {
    const t = origin - history + i;
    // The first season's changes would be over values from before the window.
    data[i * width] = i < season ? 0 : (values[t] - values[t - season]) / scale;
    if (calendar) data.set(calendarOf(times[t]), i * width + 1);
  }
  return { data, shape: [history, width] };
}

/** The last known value of the season of step `origin + ahead`. */
export function seasonBefore(values: Float64Array, origin: number, ahead: number, season: number): number {
  return values[origin - season + (ahead % season)];
}

/** What the network should say at `origin`, where the first step to forecast stands. */
function targetOf({ values }: Series, origin: number, { horizon, season, scale }: Task): number[] {
  return Array.from({ length: horizon }, (_, ahead) => {
    return (values[origin + ahead] - seasonBefore(values, origin, ahead, season)) / scale;
  });
}

/** What the network said at `origin`, in the series' unit. */
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
 * The windows to train on, which see and forecast nothing from `end` on. The network says a forecast after each step of
 * a window, and each is trained, so windows that overlap by six sevenths use every value often enough.
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

/** Every step from which `horizon` steps are left between `from` and `to`. */
export function originsBetween(from: number, to: number, { horizon }: Pick<Task, 'horizon'>): number[] {
  return Array.from({ length: Math.max(0, to - from - horizon + 1) }, (_, i) => from + i);
}
