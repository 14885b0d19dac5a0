import { adam, bidirectional, dense, dropout, embedding, gru, sequential } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { lexicon } from '../../src/words.js';
import { naiveBayes, shareRight } from './naive-bayes.js';
import { type Review, splitReviews, wordsOf } from './reviews.js';

const lossOf = (classes: number) =>
  ({ kind: classes === 2 ? 'binaryCrossEntropy' : 'crossEntropy', fromLogits: true }) as const;

export default defineTask({
  files: [
    new URL('../../data/sentiment-uci/sentences.tsv.gz', import.meta.url),
    new URL('../../data/sentiment-3class/vader-amazon.tsv.gz', import.meta.url),
  ],
  settings: { classes: 2, units: 24, learningRate: 0.003, batchSize: 32, epochs: 5 },
  choices: {
    classes: { label: 'Classes (3: neutral too)', values: [2, 3] },
    units: { label: 'Units', values: [8, 24, 48] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.003, 0.01] },
  },
  recorded: {},
  comparedSteps: 10,

  // Four fifths of the sentences are for training. Their words are numbered; others have the number 0.
  async prepare([two, three], { classes }) {
    const { known, test } = splitReviews(await textOf(classes === 2 ? two : three), classes);
    const words = lexicon(known.map(wordsOf), 1);
    const samples = (reviews: readonly Review[]) =>
      reviews.map((review) => ({ x: words.encode(review.words), y: review.kind }));
    const [loss, bayes] = [lossOf(classes), naiveBayes(known, classes)];
    return { training: samples(known), test: samples(test), reviews: test, words, bayes, loss };
  },

  // Returns, with two classes, the log-odds that the sentence is positive; with three, three scores.
  model({ units, classes }, { words }) {
    const read = [embedding({ inputDim: words.size, outputDim: 32 }), dropout({ rate: 0.5 })];
    const memory = [bidirectional(gru({ units })), dropout({ rate: 0.5 })];
    const scores = [dense({ units: classes === 2 ? 1 : classes })];
    return sequential([...read, ...memory, ...scores], { inputShape: [null] });
  },

  // The learning rate falls to zero along half a cosine.
  fit({ learningRate: rate, batchSize, epochs }, { training, loss }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    return { loss, optimizer, clip: { globalNorm: 1 }, batchSize, epochs };
  },

  score: {
    label: 'held-out sentences classified correctly; chance alone changes it by 3 % up or down',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test, loss }) =>
      100 * (await network.evaluate(test, { loss, metrics: ['accuracy'] })).accuracy,
  },
  baselines: ({ reviews, bayes }) => [{ name: 'naive Bayes', score: 100 * shareRight(bayes, reviews) }],
});
