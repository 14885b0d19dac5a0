import { adam, dense, lstm, repeatVector, sequential } from '@recurra/core';
import { rowsOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { copyErrors, prepared } from './reconstruction.js';
import { bestF1, DAY, demandOf, f1, thresholdOf, weekDifference } from './series.js';

export default defineTask({
  files: [new URL('../../data/anomaly-nab/nyc_taxi.csv.gz', import.meta.url)],
  settings: { units: 16, learningRate: 0.005, batchSize: 32, epochs: 15 },
  choices: {
    units: { label: 'Units', values: [8, 16, 24] },
    learningRate: { label: 'Learning rate', values: [0.002, 0.005, 0.01] },
  },
  recorded: { epochs: 30 },
  comparedSteps: 10,

  // The network is trained on the four months before the first labelled anomaly, so it sees no anomaly.
  async prepare([file]) {
    return prepared(demandOf(await rowsOf(file)));
  },

  // The first LSTM compresses a day into `units` numbers; the second has to restore the day from them.
  model({ units }) {
    const copier = [lstm({ units }), repeatVector({ n: DAY }), lstm({ units, returnSequences: true })];
    return sequential([...copier, dense({ units: 1 })], { inputShape: [DAY, 1] });
  },

  // The learning rate falls to zero along half a cosine.
  fit: ({ learningRate: rate, batchSize, epochs }, { training }) => ({
    loss: 'meanSquaredError',
    optimizer: adam({
      learningRate: { kind: 'cosine', rate, steps: epochs * Math.ceil(training.length / batchSize) },
    }),
    clip: { globalNorm: 1 },
    batchSize,
    epochs,
  }),

  // There is an alarm if the error exceeds the errors of 99 in 100 half hours before the first anomaly.
  score: {
    label: 'F1 of the alarms by half hour, over the held-out three months',
    unit: '',
    better: 'higher',
    decimals: 2,
    async measure(network, { demand, scaler }, quick) {
      const { errors } = await copyErrors(network, demand.values, scaler, quick ? 6 : 1);
      return f1(errors, thresholdOf(errors, demand), demand);
    },
  },
  baselines({ demand }) {
    const week = weekDifference(demand);
    return [
      { name: 'change in a week, best threshold', score: bestF1(week, demand) },
      { name: 'change in a week, same rule', score: f1(week, thresholdOf(week, demand), demand) },
      { name: 'always alarm', score: f1(week, -1, demand) },
    ];
  },
});
