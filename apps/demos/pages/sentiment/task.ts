import { adam, bidirectional, dense, dropout, embedding, gru, sequential } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { lexicon } from '../../src/words.js';
import { logOddsOf, naiveBayes } from './naive-bayes.js';
import { type Review, splitReviews, wordsOf } from './reviews.js';

const loss = { kind: 'binaryCrossEntropy', fromLogits: true } as const;

export default defineTask({
  files: [new URL('../../data/sentiment-uci/sentences.tsv.gz', import.meta.url)],
  settings: { units: 24, learningRate: 0.003, batchSize: 32, epochs: 5 },
  choices: {
    units: { label: 'Units', values: [8, 24, 48] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.003, 0.01] },
  },
  recorded: {},
  comparedSteps: 10,

  // Four fifths of the sentences are for training. Their words have numbers, all others the number 0.
  async prepare([file]) {
    const { known, test } = splitReviews(await textOf(file));
    const words = lexicon(known.map(wordsOf), 1);
    const samples = (reviews: readonly Review[]) =>
      reviews.map((review) => ({ x: words.encode(review.words), y: Number(review.positive) }));
    return { training: samples(known), test: samples(test), reviews: test, words, bayes: naiveBayes(known) };
  },

  // One number at the end: the log-odds that the sentence is positive.
  model({ units }, { words }) {
    const read = [embedding({ inputDim: words.size, outputDim: 32 }), dropout(0.5)];
    const memory = [bidirectional(gru({ units })), dropout(0.5)];
    return sequential([...read, ...memory, dense({ units: 1 })], { inputShape: [null] });
  },

  // The learning rate falls to zero along half a cosine.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    return { loss, optimizer, clip: { globalNorm: 1 }, batchSize, epochs };
  },

  score: {
    label: 'sentences read right, of 596 kept back; chance alone makes it 3 % more or less',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) =>
      100 * (await network.evaluate(test, { loss, metrics: ['accuracy'] })).accuracy!,
  },
  baselines({ reviews, bayes }) {
    const right = reviews.filter(({ words, positive }) => logOddsOf(bayes, words) > 0 === positive);
    return [{ name: 'naive Bayes', score: (100 * right.length) / reviews.length }];
  },
});
