import {
  adam,
  apply,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  graph,
  gru,
  image,
  maxPooling2d,
  tokens,
} from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { files, nearest, SIDE } from '../digits/images.js';
import { LETTERS, namedDigits, spelt } from './spelling.js';

export default defineTask({
  files,
  settings: { filters: 8, units: 48, learningRate: 0.005, batchSize: 32, epochs: 8 },
  choices: {
    filters: { label: 'Filters', values: [2, 4, 8] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  recorded: { epochs: 20 },
  comparedSteps: 3,

  // In each pass, every image is shifted by up to two pixels, horizontally and vertically.
  prepare: (files) => namedDigits(files, 2),

  // What the convolutions see is the state from which the decoder starts. It reads the letters so far.
  model: ({ filters, units }) =>
    graph({ image: image(SIDE, SIDE, 1), letters: tokens() }, (given) => {
      const look = (filters: number) => conv2d({ filters, kernelSize: 3, activation: 'relu' });
      const edges = apply(maxPooling2d(), apply(look(filters), given.image));
      const parts = apply(flatten(), apply(maxPooling2d(), apply(look(2 * filters), edges)));
      const seen = apply(dense({ units, activation: 'tanh' }), apply(dropout({ rate: 0.4 }), parts));
      const written = apply(embedding({ inputDim: LETTERS.length, outputDim: 16 }), given.letters);
      const decoder = apply(gru({ units, returnSequences: true }), written, { initialState: seen });
      return { next: apply(dense({ units: LETTERS.length, activation: 'softmax' }), decoder) };
    }),

  // The learning rate falls to zero along half a cosine.
  fit({ learningRate: rate, batchSize, epochs }, { known }) {
    const steps = epochs * Math.ceil(known.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    return { loss: { next: 'crossEntropy' }, optimizer, clip: { globalNorm: 1 }, batchSize, epochs };
  },

  score: {
    label: 'of 500 held-out images, spelt without a mistake',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) => 100 * (await spelt(network, test)),
  },
  baselines: ({ known, test }) => [nearest(known, test)],
});
