import { adam, bidirectional, dense, gru, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { digitsOf, files, nearest, rowsOf, SIDE, shiftedAnew } from './images.js';

export default defineTask({
  files,
  settings: { shift: 2, units: 48, learningRate: 0.005, batchSize: 32, epochs: 10 },
  choices: {
    shift: { label: 'Shifted by up to, in pixels', values: [0, 1, 2, 3] },
    units: { label: 'Units', values: [16, 32, 48, 64] },
  },
  recorded: { epochs: 30 },
  comparedSteps: 3,

  // In each pass, every image is shifted by a random number of pixels, horizontally and vertically, up to the
  // setting.
  async prepare(files, { shift }) {
    const { known, test } = await digitsOf(files);
    const moved = shiftedAnew(known, shift);
    const training = () => moved().map(({ pixels, y }) => ({ x: rowsOf(pixels), y }));
    return { training, known, test };
  },

  // A step is a row of 28 pixels. The network reads them from the top down and from the bottom up.
  model: ({ units }) =>
    sequential([bidirectional(gru({ units })), dense({ units: 10, activation: 'softmax' })], {
      inputShape: [null, SIDE],
    }),

  // The learning rate falls to zero along half a cosine.
  fit({ learningRate: rate, batchSize, epochs }, { known }) {
    const steps = epochs * Math.ceil(known.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    return { loss: 'crossEntropy', optimizer, clip: { globalNorm: 1 }, batchSize, epochs };
  },

  score: {
    label: 'digits read correctly, of 500 held-out ones',
    unit: '%',
    better: 'higher',
    decimals: 1,
    async measure(network, { test }) {
      const samples = test.map(({ pixels, y }) => ({ x: rowsOf(pixels), y }));
      return (
        100 * (await network.evaluate(samples, { loss: 'crossEntropy', metrics: ['accuracy'] })).accuracy
      );
    },
  },
  baselines: ({ known, test }) => [nearest(known, test)],
});
