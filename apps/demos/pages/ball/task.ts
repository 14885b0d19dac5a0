import { adam, conv2d, dense, flatten, lstm, maxPooling2d, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { forecastsOf, meanDistance, samplesOf, straightLines } from './throws.js';
import { SEEN, SIZE } from './world.js';

export default defineTask({
  files: [],
  settings: { ahead: 3, convolutions: 'yes', units: 64, learningRate: 0.004, batchSize: 32, epochs: 10 },
  choices: {
    ahead: { label: 'Frames ahead', values: [1, 3, 6] },
    convolutions: { label: 'Convolutions', values: ['yes', 'no'] },
    units: { label: 'Units', values: [16, 32, 64] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.004, 0.01] },
  },
  recorded: { epochs: 40 },
  comparedSteps: 10,

  // 3,000 throws to learn from and 500 others for the score, drawn by two seeds.
  async prepare(_, { ahead }) {
    return { training: samplesOf(1, 3000, ahead), test: samplesOf(2, 500, ahead), ahead };
  },

  // Convolutions look at each picture by itself, and the LSTM reads what they see. Without them it reads 256 numbers.
  model({ convolutions, units, ahead }) {
    const look = (filters: number) => conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' });
    const eyes = convolutions === 'yes' ? [look(4), maxPooling2d(), look(8), maxPooling2d()] : [];
    return sequential([...eyes, flatten(), lstm({ units }), dense({ units: 2 * ahead })], {
      inputShape: [SEEN, SIZE, SIZE, 1],
    });
  },

  // The learning rate falls to zero along half a cosine.
  fit: ({ learningRate: rate, batchSize, epochs }, { training }) => ({
    loss: 'meanAbsoluteError',
    optimizer: adam({
      learningRate: { kind: 'cosine', rate, steps: epochs * Math.ceil(training.length / batchSize) },
    }),
    clip: { globalNorm: 1 },
    batchSize,
    epochs,
  }),

  score: {
    label: 'pixels off in the last frame ahead, over 500 held-out throws',
    unit: 'px',
    better: 'lower',
    decimals: 2,
    measure: async (network, { test }) => meanDistance(test, await forecastsOf(network, test)),
  },
  baselines: ({ test }) => straightLines(test),
});
