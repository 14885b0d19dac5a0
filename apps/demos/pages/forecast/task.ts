import { adam, dense, gru, Scaler, sequential, windows } from '@recurra/core';
import { rowsOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { dayBefore, linearForecast, persistence } from './baselines.js';
import { columnsOf, meanError, TEST_HOURS, unscaled } from './series.js';

export default defineTask({
  files: [new URL('../../data/bike-sharing-hourly/bike-sharing-hourly.csv.gz', import.meta.url)],
  settings: { window: 48, horizon: 1, inputs: 'calendar and weather', units: 32, epochs: 8 },
  choices: {
    window: { label: 'Hours seen', values: [12, 24, 48, 96] },
    horizon: { label: 'Hours ahead', values: [1, 3, 6, 24] },
    inputs: { label: 'Other columns', values: ['nothing', 'calendar', 'calendar and weather'] },
  },
  recorded: { epochs: 16 },
  comparedSteps: 10,

  // Column 0 is the count. The last 1,440 hours are held out; the scaler is fitted to the hours before.
  async prepare([file], { window: length, horizon, inputs }) {
    const rows = await rowsOf(file);
    const raw = rows.map((row) => columnsOf(row, inputs));
    const end = raw.length - TEST_HOURS;
    const scaler = Scaler.fit(raw.slice(0, end));
    const scaled = scaler.transform(raw) as number[][];
    const options = { length, horizon, targets: [0] };
    const training = windows(scaled.slice(0, end), options);
    const test = windows(scaled.slice(end - length), options);
    return { training, test, raw, scaler, horizon, times: rows.map(([time]) => time) };
  },

  model: ({ units, horizon }, { scaler }) =>
    sequential([gru({ units }), dense({ units: horizon })], { inputShape: [null, scaler.mean.length] }),

  // The learning rate falls to zero along half a cosine.
  fit: ({ epochs }, { training }) => ({
    loss: 'meanAbsoluteError',
    optimizer: adam({
      learningRate: { kind: 'cosine', rate: 0.005, steps: epochs * Math.ceil(training.length / 32) },
    }),
    clip: { globalNorm: 1 },
    batchSize: 32,
    epochs,
  }),

  score: {
    label: 'mean error in rentals, over 1,440 held-out hours with 189 on average',
    unit: 'rentals',
    better: 'lower',
    decimals: 1,
    measure: async (network, data) =>
      meanError(data, unscaled(data, await network.predict(data.test.map(({ x }) => x)))),
  },
  baselines: (data) => [
    { name: 'linear autoregression', score: meanError(data, linearForecast(data)) },
    { name: 'same as in the last hour', score: meanError(data, persistence(data)) },
    { name: 'same as 24 hours before', score: meanError(data, dayBefore(data)) },
  ],
});
