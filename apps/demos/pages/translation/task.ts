import {
  adam,
  apply,
  attention,
  bidirectional,
  concat,
  dense,
  dropout,
  graph,
  lstm,
  tokens,
} from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { corpusOf } from './corpus.js';
import { nearest, percentExact, vectors } from './translating.js';

export default defineTask({
  files: [new URL('../../data/translation-eng-fra/eng-fra.tsv.gz', import.meta.url)],
  settings: { units: 48, learningRate: 0.005, batchSize: 32, epochs: 10 },
  choices: {
    units: { label: 'Units', values: [16, 32, 48] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  recorded: { epochs: 20 },
  comparedSteps: 3,

  // The decoder is given the right words so far, and learns to write the next.
  prepare: ([file]) => corpusOf(file),

  // The encoder reads in both directions. For each French word the decoder looks at what was read: the attention.
  model: ({ units }, { english: read, french: written, end }) =>
    graph({ english: tokens(), french: tokens() }, ({ english, french }) => {
      const source = apply(dropout({ rate: 0.2 }), apply(vectors(read.list.length), english));
      const target = apply(dropout({ rate: 0.2 }), apply(vectors(end + 1), french));
      const memory = apply(bidirectional(lstm({ units, returnSequences: true })), source);
      const decoder = lstm({ units: 2 * units, returnSequences: true });
      const query = apply(decoder, target, { initialState: memory.state });
      const context = apply(attention({ score: 'general' }), { query, memory }, { name: 'attention' });
      const both = apply(dropout({ rate: 0.2 }), apply(concat(), [query, context]));
      const narrow = apply(dense({ units: 40 }), both); // Otherwise most weights would be those of the output.
      return { next: apply(dense({ units: written.list.length + 2, activation: 'softmax' }), narrow) };
    }),

  // The learning rate falls to zero along half a cosine. Sentences of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const loss = { next: 'crossEntropy' } as const;
    return { loss, optimizer, clip: { globalNorm: 1 }, bucketByLength: true, batchSize, epochs };
  },

  score: {
    label: 'of 500 held-out sentences, translated without a mistake',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: (network, data, quick) => percentExact(network, data, quick),
  },
  baselines: ({ known, test }) => nearest(known, test),
});
