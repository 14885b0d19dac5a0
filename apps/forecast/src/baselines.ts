import { ridge } from './least-squares.js';
import type { Series } from './series.js';
import { calendarOf, originsBetween, seasonBefore, type Task } from './task.js';
import type { Step } from './times.js';

/** Forecasts from an origin, which is the first step to forecast; uses the values before it only. */
export type Forecast = (origin: number) => Float64Array;

/** Repeats the last `lag` values: for hours, 24 repeats the day before; 1 repeats the last value. */
export function repeatLast({ values }: Series, lag: number, { horizon }: Task): Forecast {
  return (origin) =>
    Float64Array.from({ length: horizon }, (_, ahead) => seasonBefore(values, origin, ahead, lag));
}

/**
 * The naive forecasts of a series: the name of each, and how many steps back it looks. The last value, and the same time on
 * the day and in the week (for months: the year) before. If the length of a step is unknown, one season before.
 * @param known the number of steps before the first forecast; lags that are longer are left out
 */
export function naiveLags({ step }: Series, season: number, known: number): Record<string, number> {
  const [day, week, year] = stepsIn(step);
  const cycles = {
    'same month last year': year,
    'same time last week': week,
    'same time yesterday': day,
  };
  const calendar = Object.entries(cycles).filter(
    ([, lag]) => Number.isInteger(lag) && lag > 1 && lag <= known,
  );
  const seasonal = calendar.length > 0 ? calendar : [[`one season before, ${season} steps`, season]];
  return { ...Object.fromEntries(seasonal), 'the last value (persistence)': 1 };
}

/** The number of steps in a day, a week and a year; NaN if it is not defined. */
function stepsIn(step: Step | undefined): [number, number, number] {
  if (!step) return [Number.NaN, Number.NaN, Number.NaN];
  if ('months' in step) return [Number.NaN, Number.NaN, 12 / step.months];
  const day = 86_400_000 / step.milliseconds;
  return [day, 7 * day, Number.NaN];
}

/**
 * A linear autoregression: each of the next `horizon` values is a weighted sum of the last `history` values, the calendar
 * inputs of the network, and a constant. The weights are fitted by least squares to every origin before `end`.
 */
export function linearAutoregression(series: Series, task: Task, end: number): Forecast {
  const { values, times } = series;
  const { history, horizon } = task;
  // Standardised values, so that a penalty of 1 over thousands of observations hardly matters and only keeps the equations solvable.
  const known = values.subarray(0, end);
  const mean = known.reduce((sum, value) => sum + value / end, 0);
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2 / end, 0)) || 1;
  const scaled = (from: number, to: number) =>
    Array.from(values.subarray(from, to), (x) => (x - mean) / deviation);
  const regressors = (origin: number) => [
    ...scaled(origin - history, origin),
    ...(times ? calendarOf(times[origin - 1]) : []),
    1,
  ];
  const observations = originsBetween(history, end, task).map((origin) => ({
    x: regressors(origin),
    y: scaled(origin, origin + horizon),
  }));
  const weights = ridge(observations, 1);
  return (origin) => {
    const forecast = new Float64Array(horizon);
    for (const [i, x] of regressors(origin).entries()) {
      for (let ahead = 0; ahead < horizon; ahead++) forecast[ahead] += x * weights[i][ahead];
    }
    return forecast.map((y) => y * deviation + mean);
  };
}
