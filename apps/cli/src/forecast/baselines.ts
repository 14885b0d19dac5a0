import { ridge } from './least-squares.js';
import type { Series } from './series.js';
import { calendarOf, originsBetween, seasonBefore, type Task } from './task.js';

/** The forecast at an origin, the step that is forecast first, from what lies before it. */
export type Forecast = (origin: number) => Float64Array;

/** As it was `lag` steps before: for hours, 24 is the same hour of the day before. */
export function asBefore({ values }: Series, lag: number, { horizon }: Task): Forecast {
  return (origin) =>
    Float64Array.from({ length: horizon }, (_, ahead) => seasonBefore(values, origin, ahead, lag));
}

/**
 * A linear autoregression: each of the next `horizon` values is a weighted sum of the last `history`, of the calendar
 * that the network has too, and of 1. Its weights are fitted by least squares to every origin before `end`.
 */
export function linearAutoregression(series: Series, task: Task, end: number): Forecast {
  const { values, times } = series;
  const { history, horizon } = task;
  // Near 1, so that a penalty of 1 over thousands of observations is next to none and only keeps the equations solvable.
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
