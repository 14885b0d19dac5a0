import { adam, bidirectional, dense, gru, sequential } from '@recurra/core';
import { rowsOf } from '../../src/files.js';
import { nearestNeighbour } from '../../src/nearest-neighbour.js';
import { defineTask } from '../../src/task.js';
import { type Digit, features, type Point, pointsOf } from './features.js';

export default defineTask({
  files: [new URL('../../data/digits-pendigits/pendigits.csv.gz', import.meta.url)],
  settings: { units: 32, learningRate: 0.005, batchSize: 32, epochs: 12 },
  choices: {
    units: { label: 'Units', values: [8, 16, 32, 64] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  recorded: { epochs: 40, learningRate: 0.003 },
  comparedSteps: 20,

  // Each digit is 8 points along the pen's path. Those for training are by 30 people, those for the score by
  // 14 others.
  async prepare([file]) {
    const training: Digit[] = [];
    const test: Digit[] = [];
    for (const [split, ...fields] of await rowsOf(file)) {
      const numbers = fields.map(Number);
      const points = Array.from({ length: 8 }, (_, i): Point => [numbers[2 * i], numbers[2 * i + 1]]);
      (split === 'train' ? training : test).push({ x: features(points), y: numbers[16] });
    }
    return { training, test };
  },

  // Four numbers per step: the pen's position, and how far it has moved.
  model: ({ units }) =>
    sequential([bidirectional(gru({ units })), dense({ units: 10, activation: 'softmax' })], {
      inputShape: [null, 4],
    }),

  // The learning rate falls to zero along half a cosine.
  fit: ({ learningRate: rate, batchSize, epochs }, { training }) => ({
    loss: 'crossEntropy',
    optimizer: adam({
      learningRate: { kind: 'cosine', rate, steps: epochs * Math.ceil(training.length / batchSize) },
    }),
    clip: { globalNorm: 1 },
    batchSize,
    epochs,
  }),

  score: {
    label: 'of 3,498 digits by people it has never seen, read correctly',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) =>
      100 * (await network.evaluate(test, { loss: 'crossEntropy', metrics: ['accuracy'] })).accuracy,
  },
  baselines({ training, test }) {
    const share = nearestNeighbour(training, test, ({ x }) => pointsOf(x).flat());
    return [{ name: 'nearest neighbour', score: 100 * share }];
  },
});
