import { cpu } from '@recurra/backend-cpu';
import { type Backend, type Network, seededRandom } from '@recurra/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ForecastJob, type JobOptions } from '../src/job.js';
import { encodeForecast } from '../src/model-file.js';

let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
});
afterAll(() => backend.dispose());

/** A month of hours with a daily cycle that is weaker on Sundays, and some noise. */
function options(seed: number): JobOptions {
  const times = Array.from({ length: 720 }, (_, hour) => new Date(Date.UTC(2024, 0, 1, hour)));
  const { normal } = seededRandom(7);
  const values = Float64Array.from(times, (time, hour) => {
    const swing = time.getUTCDay() === 0 ? 2 : 5;
    return 50 + swing * Math.sin((hour * 2 * Math.PI) / 24) + 0.2 * normal();
  });
  const series = { column: 'load', values, times };
  const shape = { history: 48, horizon: 6, season: 24 };
  return { ...shape, series, heldOut: 168, cell: 'lstm', units: 6, epochs: 4, seed };
}

const controls = { signal: new AbortController().signal, save: async () => {} };

async function weights(network: Network): Promise<number[][]> {
  return Object.values(await network.getWeights()).map(({ data }) => Array.from(data));
}

test('the same seed gives the same weights, bit for bit, and another seed gives others', async () => {
  const train = async (seed: number) => {
    const job = new ForecastJob(options(seed), backend);
    await job.train(controls).done;
    return weights(job.network);
  };
  const first = await train(1);
  expect(await train(1)).toEqual(first);
  expect(await train(2)).not.toEqual(first);
});

test('a training that is aborted and resumed ends with the same weights', async () => {
  const whole = new ForecastJob(options(1), backend);
  await whole.train(controls).done;

  const abort = new AbortController();
  let checkpoint = new Uint8Array();
  const broken = new ForecastJob(options(1), backend).train({
    signal: abort.signal,
    save: async (bytes) => {
      checkpoint = Uint8Array.from(bytes);
    },
  });
  for await (const { epoch, batch } of broken) if (epoch === 2 && batch === 2) abort.abort();
  expect((await broken.done).stopped).toBe('aborted');

  const resumed = new ForecastJob(options(1), backend);
  await resumed.train({ ...controls, resume: checkpoint }).done;
  expect(await weights(resumed.network)).toEqual(await weights(whole.network));
});

test('training reduces the error, and the saved model gives the same numbers as a stream', async () => {
  const job = new ForecastJob({ ...options(1), epochs: 40 }, backend);
  const before = await job.networkScore();
  await job.train(controls).done;
  const after = await job.networkScore();
  expect(after.mae).toBeLessThan(0.8 * before.mae);
  expect(after.rmse).toBeGreaterThanOrEqual(after.mae);
  const saved = await encodeForecast(job.network, { task: job.task, column: 'load', timeColumn: 'time' });
  expect(await job.streamDifference(saved)).toBeLessThan(1e-5);
});

test('a window of 6,000 steps is checked as a stream', async () => {
  const values = Float64Array.from({ length: 6300 }, (_, t) => Math.sin(t));
  const shape = { history: 6000, horizon: 24, season: 24, heldOut: 24, units: 2, epochs: 1, seed: 1 };
  const job = new ForecastJob({ ...shape, series: { column: 'load', values }, cell: 'rnn' }, backend);
  const saved = await encodeForecast(job.network, { task: job.task, column: 'load' });
  expect(await job.streamDifference(saved)).toBeLessThan(1e-5);
});
