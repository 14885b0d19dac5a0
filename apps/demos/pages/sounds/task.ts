import {
  adam,
  apply,
  attention,
  bidirectional,
  concat,
  dense,
  dropout,
  embedding,
  graph,
  lstm,
  tokens,
} from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { lookingUp } from './letter-by-letter.js';
import { dictionaryOf, phonesWrong } from './speaking.js';

export default defineTask({
  files: [new URL('../../data/g2p-cmudict/g2p.tsv.gz', import.meta.url)],
  settings: { units: 64, learningRate: 0.005, batchSize: 32, epochs: 6 },
  choices: {
    units: { label: 'Units', values: [16, 32, 64] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  recorded: { epochs: 12 },
  comparedSteps: 5,

  // The decoder is given the right phones so far, and learns to say the next.
  prepare: ([file]) => dictionaryOf(file),

  // The encoder reads the letters in both directions. For each phone the decoder looks at what was read: the attention.
  model: ({ units }, { codes }) =>
    graph({ letters: tokens(), phones: tokens() }, ({ letters, phones }) => {
      const read = apply(dropout({ rate: 0.3 }), apply(embedding({ inputDim: 26, outputDim: 32 }), letters));
      const memory = apply(bidirectional(lstm({ units, returnSequences: true })), read);
      const said = apply(embedding({ inputDim: codes.size, outputDim: 32 }), phones);
      const decoder = lstm({ units: 2 * units, returnSequences: true });
      const query = apply(decoder, apply(dropout({ rate: 0.3 }), said), { initialState: memory.state });
      const context = apply(attention({ score: 'general' }), { query, memory }, { name: 'attention' });
      const both = apply(dropout({ rate: 0.3 }), apply(concat(), [query, context]));
      return { next: apply(dense({ units: codes.size, activation: 'softmax' }), both) };
    }),

  // The learning rate falls to zero along half a cosine. Words of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const loss = { next: 'crossEntropy' } as const;
    return { loss, optimizer, clip: { globalNorm: 1 }, bucketByLength: true, batchSize, epochs };
  },

  score: {
    label: 'of the phones of 1,500 held-out words, said wrong',
    unit: '%',
    better: 'lower',
    decimals: 1,
    measure: (network, data, quick) => phonesWrong(network, data, quick),
  },
  baselines: ({ known, test }) => lookingUp(known, test),
});
