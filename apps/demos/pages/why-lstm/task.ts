import { adam, dense, gru, lstm, rnn, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { additions, laterOf, meanSquare } from './additions.js';

const loss = 'meanSquaredError';
const cells: Readonly<Record<string, typeof lstm | typeof gru | typeof rnn>> = { lstm, gru, rnn };

export default defineTask({
  files: [],
  settings: { cell: 'lstm', steps: 40, units: 24, learningRate: 0.005, batchSize: 32, epochs: 20 },
  choices: {
    cell: { label: 'Cell', values: ['rnn', 'lstm', 'gru'] },
    steps: { label: 'Steps', values: [10, 20, 40, 80, 160] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.01] },
  },
  recorded: {},
  comparedSteps: 2,

  // Sequences of random numbers, two of them marked, drawn by fixed seeds.
  async prepare(_, settings) {
    const training = additions(4096, settings.steps, 'training');
    return { settings, training, test: additions(1024, settings.steps, 'test') };
  },

  // After the last step: the sum of the two.
  model({ cell, units }) {
    return sequential([cells[cell]({ units }), dense({ units: 1 })], { inputShape: [null, 2] });
  },

  fit: ({ learningRate, batchSize, epochs }) => ({
    loss,
    optimizer: adam({ learningRate }),
    clip: { globalNorm: 1 },
    batchSize,
    epochs,
  }),

  score: {
    label: 'mean squared error, on sequences kept back',
    unit: '',
    better: 'lower',
    decimals: 4,
    async measure(network, { test }, quick) {
      return (await network.evaluate(quick ? test.slice(0, 256) : test, { loss, batchSize: 256 })).loss;
    },
  },
  baselines({ test }, quick) {
    const samples = quick ? test.slice(0, 256) : test;
    return [
      { name: 'the later number and ½', score: meanSquare(samples, (sample) => laterOf(sample) + 0.5) },
      { name: 'always 1', score: meanSquare(samples, () => 1) },
    ];
  },
});
