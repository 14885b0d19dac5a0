import { adam, bidirectional, conv1d, dense, dropout, flatten, gru, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { LENGTH } from './bases.js';
import { junctionsOf, naiveBayes, sampleOf } from './sequences.js';

export default defineTask({
  files: [new URL('../../data/dna-splice/splice.tsv.gz', import.meta.url)],
  settings: { fold: 5, filters: 16, units: 8, learningRate: 0.005, batchSize: 32, epochs: 12 },
  choices: {
    fold: { label: 'Held-out fold', values: [1, 2, 3, 4, 5] },
    filters: { label: 'Filters', values: [8, 16, 32] },
    units: { label: 'Units', values: [4, 8, 16] },
    learningRate: { label: 'Learning rate', values: [0.002, 0.005, 0.01] },
  },
  recorded: {},
  comparedSteps: 10,

  // Samples of 60 letters, with the class: an exon ends in the middle, begins there, or neither. One fifth is
  // held out for the score.
  prepare: ([file], { fold }) => junctionsOf(file, fold),

  // Filters see seven letters at once, the GRU reads in both directions, and the dense layer knows each position.
  model: ({ filters, units }) =>
    sequential(
      [
        conv1d({ filters, kernelSize: 7, padding: 'same', activation: 'relu' }),
        bidirectional(gru({ units, returnSequences: true })),
        flatten(),
        dropout({ rate: 0.5 }),
        dense({ units: 3, activation: 'softmax' }),
      ],
      { inputShape: [LENGTH, 4] },
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
    label: 'of the held-out sequences, classified correctly',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) =>
      100 *
      (await network.evaluate(test.map(sampleOf), { loss: 'crossEntropy', metrics: ['accuracy'] })).accuracy,
  },
  baselines: ({ known, test }) => [{ name: 'naive Bayes by position', score: 100 * naiveBayes(known, test) }],
});
