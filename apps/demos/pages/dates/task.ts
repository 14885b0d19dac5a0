import { adam, dense, embedding, gru, seededRandom, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { phrases } from './phrases.js';
import { exactly, parsed, READABLE, sampleOf, WRITTEN } from './writing.js';

export default defineTask({
  files: [],
  settings: { units: 96, learningRate: 0.01, batchSize: 32, epochs: 6 },
  choices: {
    units: { label: 'Units', values: [32, 64, 96, 128] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.01, 0.02] },
  },
  recorded: { epochs: 10 },
  comparedSteps: 3,

  // 300 phrases for the score, and 8,192 with other dates for training: always the same ones.
  async prepare() {
    const test = phrases(seededRandom(1, 'kept back'), 300);
    const known = phrases(seededRandom(1, 'training'), 8192, new Set(test.map(({ iso }) => iso)));
    return { training: known.map(sampleOf), test };
  },

  // After each character, a probability for each one that it can write: ten digits and the hyphen.
  // The gates' biases start at 1, so that the GRU remembers what it reads until it learns what to forget.
  model({ units }) {
    const embeddingsInitializer = { kind: 'normal', stddev: 1 } as const;
    const read = embedding({ inputDim: READABLE, outputDim: 32, embeddingsInitializer });
    const memory = gru({ units, returnSequences: true, biasInitializer: { kind: 'constant', value: 1 } });
    const guess = dense({ units: WRITTEN.length, activation: 'softmax' });
    return sequential([read, memory, guess], { inputShape: [null] });
  },

  // The learning rate falls to zero along half a cosine. Phrases of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const batches = { bucketByLength: true, batchSize, epochs };
    return { loss: 'crossEntropy', optimizer, clip: { globalNorm: 1 }, ...batches };
  },

  score: {
    label: 'of 300 held-out dates, written without a mistake',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) => 100 * (await exactly(network, test)),
  },
  baselines({ test }) {
    const right = test.filter(({ words, iso }) => parsed(words) === iso);
    return [{ name: 'JavaScript’s own Date', score: (100 * right.length) / test.length }];
  },
});
