import {
  adam,
  apply,
  attention,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  gru,
  tokens,
} from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { readByDate } from './parsed.js';
import { drawnPhrases, exactly, READABLE, WRITABLE } from './writing.js';

export default defineTask({
  files: [],
  settings: { units: 32, learningRate: 0.01, batchSize: 32, epochs: 3 },
  choices: {
    units: { label: 'Units', values: [8, 16, 32] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.01, 0.02] },
  },
  recorded: { epochs: 5 },
  comparedSteps: 3,

  // 300 phrases for the score, and 8,192 with other dates for training: always the same ones.
  prepare: async () => drawnPhrases(300, 8192),

  // The encoder reads the phrase in both directions. For each character the decoder looks at what was read: the attention.
  model: ({ units }) =>
    graph({ phrase: tokens(), date: tokens() }, ({ phrase, date }) => {
      const read = apply(embedding({ inputDim: READABLE, outputDim: 32 }), phrase);
      const memory = apply(bidirectional(gru({ units, returnSequences: true })), read);
      const written = apply(embedding({ inputDim: WRITABLE + 1, outputDim: 16 }), date);
      const decoder = gru({ units: 2 * units, returnSequences: true });
      const query = apply(decoder, written, { initialState: memory.state });
      const context = apply(attention({ score: 'general' }), { query, memory }, { name: 'attention' });
      const both = apply(concat(), [query, context]);
      return { next: apply(dense({ units: WRITABLE, activation: 'softmax' }), both) };
    }),

  // The learning rate falls to zero along half a cosine. Phrases of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const loss = { next: 'crossEntropy' } as const;
    return { loss, optimizer, clip: { globalNorm: 1 }, bucketByLength: true, batchSize, epochs };
  },

  score: {
    label: 'of 300 held-out dates, written without a mistake',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, { test }) => 100 * (await exactly(network, test)),
  },
  baselines: ({ test }) => [readByDate(test)],
});
