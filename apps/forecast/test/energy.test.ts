import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { linearAutoregression, repeatLast } from '../src/baselines.js';
import { energy } from '../src/energy.js';
import { score } from '../src/score.js';
import { parseSeries, type Series } from '../src/series.js';
import { inputOf, originsBetween, taskOf, trainingSamples } from '../src/task.js';

const series = parseSeries(await readFile(energy.path, 'utf8'), energy.path, energy.columns);
const end = series.values.length - 1344;
const day = { history: 168, horizon: 24, season: 24 };
const task = taskOf(series, day, end);

test('the data are 8,736 hours of 2017 without a gap', () => {
  const { values, times = [] } = series;
  expect(values.length).toBe(8736);
  expect(times.map((time) => time.getTime())).toEqual(times.map((_, hour) => Date.UTC(2017, 0, 1, hour)));
});

test('the baselines have the errors that the README of the data states for one step', () => {
  const next = { ...task, horizon: 1 };
  const origins = originsBetween(end, series.values.length, next);
  const mae = (lag: number) => score(series.values, origins, origins.map(repeatLast(series, lag, next))).mae;
  expect(origins.length).toBe(1344);
  expect([24, 168].map((lag) => Math.round(mae(lag)))).toEqual([2162, 2086]);
});

test('training does not depend on the held-out part', () => {
  const hidden = change(series, (t) => t >= end, Number.NaN);
  expect(taskOf(hidden, day, end)).toEqual(task);
  expect(trainingSamples(hidden, task, end)).toEqual(trainingSamples(series, task, end));
  expect(linearAutoregression(hidden, task, end)(end)).toEqual(linearAutoregression(series, task, end)(end));
});

test('a forecast uses the steps of its history and no others', () => {
  const origin = end + 500;
  const hidden = change(series, (t) => t < origin - day.history || t >= origin, Number.NaN);
  expect(inputOf(hidden, origin, task)).toEqual(inputOf(series, origin, task));
  for (const lag of [24, 168]) {
    expect(repeatLast(hidden, lag, task)(origin)).toEqual(repeatLast(series, lag, task)(origin));
  }
});

test('a forecast starts at every hour of the held-out part that has a whole day left', () => {
  const origins = originsBetween(end, series.values.length, task);
  expect(origins[0]).toBe(end);
  expect(origins[origins.length - 1] + 24).toBe(series.values.length);
  expect(origins.length).toBe(1321);
});

function change(series: Series, where: (t: number) => boolean, value: number): Series {
  return { ...series, values: series.values.map((x, t) => (where(t) ? value : x)) };
}
