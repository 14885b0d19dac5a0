import { adam, dense, gru, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { guesses, puzzles } from '../why-lstm/problems.js';
import { percentAdded } from './answers.js';

const [epochs, batches, batchSize] = [10, 64, 64];
const loss = 'meanSquaredError';

export default defineTask({
  files: [],
  settings: { method: 'BPTT', steps: 20, population: 64, sigma: 0.1 },
  choices: {
    method: { label: 'Follow', values: ['BPTT', 'evolution'] },
    steps: { label: 'Steps', values: [10, 20, 40] },
    population: { label: 'Population', values: [16, 64, 128] },
    sigma: { label: 'Noise, σ', values: [0.03, 0.1, 0.3] },
  },
  sideBySide: 'method', // The same network twice, with the same initial weights.
  recorded: {},
  comparedSteps: 2,

  // Sequences of numbers, two of them marked, drawn by fixed seeds. The answer is the sum of the two.
  async prepare(_, { steps }) {
    const training = puzzles('adding', batches * batchSize, steps, 'training');
    return { steps, training, test: puzzles('adding', 1024, steps, 'test') };
  },

  model: () => sequential([gru({ units: 16 }), dense({ units: 1 })], { inputShape: [null, 2] }),

  // Backpropagation through time (BPTT): each step computes the gradient of the loss of one batch.
  fit: () => ({ loss, optimizer: adam({ learningRate: 0.01 }), clip: { globalNorm: 1 }, batchSize, epochs }),

  // Evolution: each generation scores a population of networks on one batch. No gradient is computed.
  evolve({ method, population, sigma }, { training }) {
    if (method === 'BPTT') return undefined;
    const optimizer = adam({ learningRate: 0.02 });
    return {
      options: { population, sigma, optimizer, generations: epochs * batches },
      async score(network, generation) {
        const start = batchSize * ((generation - 1) % batches);
        const batch = training.slice(start, start + batchSize);
        return -(await network.evaluate(batch, { loss, batchSize })).loss;
      },
    };
  },

  score: {
    label: 'of held-out sums within 0.1',
    unit: '%',
    better: 'higher',
    decimals: 1,
    every: 10,
    learnt: 90,
    measure: (network, { test }, quick) => percentAdded(network, quick ? test.slice(0, 256) : test),
  },
  baselines: ({ test }, quick) => guesses('adding', quick ? test.slice(0, 256) : test),
});
