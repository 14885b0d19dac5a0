import { expect, test } from 'vitest';
import { asBefore, linearAutoregression } from '../src/forecast/baselines.js';
import { score } from '../src/forecast/score.js';
import { readEnergy, type Series } from '../src/forecast/series.js';
import { inputOf, originsBetween, taskOf, trainingSamples } from '../src/forecast/task.js';

const series = await readEnergy();
const end = series.values.length - 1344;
const day = { history: 168, horizon: 24, season: 24 };
const task = taskOf(series, day, end);

test('the data are 8,736 hours of 2017, without a gap', () => {
  const { values, times = [] } = series;
  expect(values.length).toBe(8736);
  expect(times.map((time) => time.getTime())).toEqual(times.map((_, hour) => Date.UTC(2017, 0, 1, hour)));
});

test('the baselines have the errors that the data set states for one step', () => {
  const next = { ...task, horizon: 1 };
  const origins = originsBetween(end, series.values.length, next);
  const mae = (lag: number) => score(series.values, origins, origins.map(asBefore(series, lag, next))).mae;
  expect(origins.length).toBe(1344);
  expect([24, 168].map((lag) => Math.round(mae(lag)))).toEqual([2162, 2086]);
});

test('nothing that is learnt depends on the held-out part', () => {
  const hidden = change(series, (t) => t >= end, Number.NaN);
  expect(taskOf(hidden, day, end)).toEqual(task);
  expect(trainingSamples(hidden, task, end)).toEqual(trainingSamples(series, task, end));
  expect(linearAutoregression(hidden, task, end)(end)).toEqual(linearAutoregression(series, task, end)(end));
}, 30_000);

test('a forecast sees the steps of its history and no others', () => {
  const origin = end + 500;
  const hidden = change(series, (t) => t < origin - day.history || t >= origin, Number.NaN);
  expect(inputOf(hidden, origin, task)).toEqual(inputOf(series, origin, task));
  for (const lag of [24, 168]) {
    expect(asBefore(hidden, lag, task)(origin)).toEqual(asBefore(series, lag, task)(origin));
  }
});

test('every hour from which a day is left in the held-out part is forecast', () => {
  const origins = originsBetween(end, series.values.length, task);
  expect(origins[0]).toBe(end);
  expect(origins[origins.length - 1] + 24).toBe(series.values.length);
  expect(origins.length).toBe(1321);
});

function change(series: Series, where: (t: number) => boolean, value: number): Series {
  return { ...series, values: series.values.map((x, t) => (where(t) ? value : x)) };
}
