import { adam, bidirectional, dense, dropout, gru, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { labelled, nearestMeans, partsOf, predictedPhases, shareRight } from './labelling.js';
import { mirrored, recordingsOf } from './recordings.js';

export default defineTask({
  files: [new URL('../../data/gesture-phase-kinect/gesture-phase.csv.gz', import.meta.url)],
  settings: { units: 24, learningRate: 0.005, batchSize: 16, epochs: 10 },
  choices: {
    units: { label: 'Units', values: [8, 16, 24, 48] },
    learningRate: { label: 'Learning rate', values: [0.002, 0.005, 0.01] },
  },
  recorded: {},
  comparedSteps: 5,

  // Three people tell two or three stories each. The third story of each person is held out for the score.
  async prepare([file]) {
    const recordings = await recordingsOf(file);
    const known = recordings.filter(({ name }) => !name.endsWith('3'));
    const test = recordings.filter(({ name }) => name.endsWith('3'));
    // A stroke by one hand is also a stroke if the other hand makes it.
    const both = [...known, ...known.map(mirrored)].map(labelled);
    return { training: both.flatMap((recording) => partsOf(recording, 64)), known, test };
  },

  // Returns, for each frame, a probability for each of the five phases, from the frames on both sides.
  model: ({ units }, { training }) =>
    sequential(
      [
        bidirectional(gru({ units, returnSequences: true })),
        dropout({ rate: 0.3 }),
        dense({ units: 5, activation: 'softmax' }),
      ],
      { inputShape: [null, training[0].x[0].length] },
    ),

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
    label: 'frames classified correctly, of 4,706 in three held-out recordings',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) => 100 * shareRight(await predictedPhases(network, test), test),
  },
  baselines: ({ known, test }) => [
    { name: 'nearest mean of a phase', score: 100 * shareRight(nearestMeans(known, test), test) },
  ],
});
