import { adam, dense, dropout, gru, sequential } from '@recurra/core';
import { nearestNeighbour } from '../../src/nearest-neighbour.js';
import { defineTask } from '../../src/task.js';
import { BANDS } from './log-mel.js';
import { inThreeVoices, recordingsOf, tenFrames } from './recordings.js';

export default defineTask({
  files: [
    new URL('../../data/speech-digits-fsdd/index.csv.gz', import.meta.url),
    new URL('../../data/speech-digits-fsdd/logmel.u8.gz', import.meta.url),
  ],
  settings: { units: 32, learningRate: 0.005, batchSize: 32, epochs: 12 },
  choices: {
    units: { label: 'Units', values: [16, 32, 64] },
    learningRate: { label: 'Learning rate', values: [0.002, 0.005, 0.01] },
  },
  recorded: { epochs: 12 },
  comparedSteps: 10,

  // Five people are for training. The sixth is for the score: his voice is not in the training data.
  async prepare(files) {
    const { training: known, test } = await recordingsOf(files, 'theo');
    return { training: inThreeVoices(known), known, test };
  },

  // Fifty times a second it reads the loudness of 20 frequency bands.
  model: ({ units }) =>
    sequential([gru({ units }), dropout({ rate: 0.3 }), dense({ units: 10, activation: 'softmax' })], {
      inputShape: [null, BANDS],
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
    label: 'of 250 digits by a person it has never heard, recognised correctly',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) =>
      100 * (await network.evaluate(test, { loss: 'crossEntropy', metrics: ['accuracy'] })).accuracy,
  },
  // Compares ten frames of each recording.
  baselines({ known, test }) {
    const share = nearestNeighbour(known, test, ({ x }) => tenFrames(x));
    return [{ name: 'nearest neighbour', score: 100 * share }];
  },
});
