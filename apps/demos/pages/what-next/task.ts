import { adam, dense, dropout, embedding, gru, sequential } from '@recurra/core';
import { rowsOf, textOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { markovRanks, popularRanks } from './markov.js';
import { partOf, productsOf, ranks, recall, sessionsOf } from './sessions.js';

export default defineTask({
  files: [
    new URL('../../data/sessions-eshop/sessions.tsv.gz', import.meta.url),
    new URL('../../data/sessions-eshop/products.csv', import.meta.url),
  ],
  settings: { units: 96, learningRate: 0.003, batchSize: 32, epochs: 5 },
  choices: {
    units: { label: 'Units', values: [32, 64, 96] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.003, 0.01] },
  },
  recorded: {},
  comparedSteps: 3,

  // Each click of a session predicts the next. Of very long sessions, the first 50 clicks are for training.
  async prepare([sessions, table]) {
    const { known, test } = sessionsOf(await textOf(sessions));
    const training = known.map((clicks) => ({ x: clicks.slice(0, -1).slice(0, 50), y: clicks.slice(1, 51) }));
    return { training, known, test, products: productsOf(await rowsOf(table)) };
  },

  // After each click, the network returns a probability for each product; number 0 is no product.
  model({ units }, { products: { length: size } }) {
    const read = [embedding({ inputDim: size, outputDim: 48 }), dropout({ rate: 0.2 })];
    const memory = [gru({ units, returnSequences: true }), dropout({ rate: 0.2 })];
    return sequential([...read, ...memory, dense({ units: size, activation: 'softmax' })], {
      inputShape: [null],
    });
  },

  // The learning rate falls to zero along half a cosine. Sessions of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const batches = { bucketByLength: true, batchSize, epochs };
    return { loss: 'crossEntropy', optimizer, clip: { globalNorm: 1 }, ...batches };
  },

  score: {
    label: 'of the clicks in held-out sessions are among the 20 likeliest of 217 products',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }, quick) => recall(await ranks(network, partOf(test, quick)), 20),
  },
  baselines: ({ known, test, products: { length: size } }, quick) => [
    { name: 'Markov chain', score: recall(markovRanks(known, partOf(test, quick), size), 20) },
    { name: 'the most popular', score: recall(popularRanks(known, partOf(test, quick), size), 20) },
  ],
});
