import { adam, dense, dropout, gru, sequential } from '@recurra/core';
import { nearestNeighbour } from '../../src/nearest-neighbour.js';
import { defineTask } from '../../src/task.js';
import { recordingsOf } from './recordings.js';
import { LENGTH, meanOf, percentOfNearestMeans, percentRight, scaleOf, windowsOf } from './windows.js';

export default defineTask({
  files: [new URL('../../data/activity-arem/arem.csv.gz', import.meta.url)],
  settings: { units: 24, learningRate: 0.01, batchSize: 16, epochs: 30 },
  choices: {
    units: { label: 'Units', values: [8, 16, 24, 48] },
    learningRate: { label: 'Learning rate', values: [0.003, 0.01, 0.03] },
  },
  recorded: {},
  comparedSteps: 5,

  // Every third recording of an activity is held out for the score. In training, the windows overlap.
  async prepare([file]) {
    const recordings = await recordingsOf(file);
    const isTest = ({ name }: { name: string }) => Number(name.split('-')[1]) % 3 === 0;
    const known = recordings.filter((recording) => !isTest(recording));
    const test = recordings.filter(isTest);
    const scale = scaleOf(known);
    const training = known.flatMap((recording) => windowsOf(recording, scale, LENGTH / 4));
    const testWindows = test.flatMap((recording) => windowsOf(recording, scale, LENGTH));
    return { training, test, testWindows, scale };
  },

  // Returns a probability for each of the seven activities after 120 readings.
  model: ({ units }) =>
    sequential([gru({ units }), dropout({ rate: 0.3 }), dense({ units: 7, activation: 'softmax' })], {
      inputShape: [null, 6],
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
    label: 'of 104 half minutes classified correctly, in 26 held-out recordings',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: (network, { testWindows }) => percentRight(network, testWindows),
  },
  baselines: ({ training, testWindows }) => [
    { name: 'nearest mean of an activity', score: percentOfNearestMeans(training, testWindows) },
    {
      name: 'nearest neighbour, by means',
      score: 100 * nearestNeighbour(training, testWindows, ({ x }) => meanOf(x)),
    },
  ],
});
