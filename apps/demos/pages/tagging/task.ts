import {
  adam,
  apply,
  bidirectional,
  concat,
  dense,
  dropout,
  embedding,
  graph,
  lstm,
  maxOverTime,
  tokens,
} from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { spansLookedUp } from './commonest-tag.js';
import { intentsRight, prepared, spansFound } from './understanding.js';

export default defineTask({
  files: [new URL('../../data/slots-snips/snips.tsv.gz', import.meta.url)],
  settings: { units: 64, learningRate: 0.005, batchSize: 32, epochs: 4 },
  choices: {
    units: { label: 'Units', values: [16, 32, 64] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  recorded: { epochs: 10 },
  comparedSteps: 5,
  prepare: ([file]) => prepared(file),

  // Reads each word and its form in both directions. One head tags each word, the other names what is asked for.
  model: ({ units }, { words, forms, tags, intents }) =>
    graph({ words: tokens(), forms: tokens() }, (given) => {
      const word = apply(embedding({ inputDim: words.size, outputDim: 48 }), given.words);
      const form = apply(embedding({ inputDim: forms.size, outputDim: 16 }), given.forms);
      const read = apply(dropout({ rate: 0.4 }), apply(concat(), [word, form]));
      const memory = apply(bidirectional(lstm({ units, returnSequences: true })), read);
      const seen = apply(dropout({ rate: 0.4 }), memory);
      const guess = (classes: readonly string[]) => dense({ units: classes.length, activation: 'softmax' });
      return { tags: apply(guess(tags), seen), intent: apply(guess(intents), apply(maxOverTime(), seen)) };
    }),

  // The learning rate falls to zero along half a cosine. Requests of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const loss = { tags: 'crossEntropy', intent: 'crossEntropy' } as const;
    const given = { loss, lossWeights: { intent: 0.3 }, clip: { globalNorm: 1 }, bucketByLength: true };
    return { ...given, optimizer, batchSize, epochs };
  },

  score: {
    label: 'F1 of whole spans, in 700 held-out requests',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: (network, data) => spansFound(network, data),
    also: async (network, data) => ({ 'intents right, in %': await intentsRight(network, data) }),
  },
  baselines: ({ known, test }) => spansLookedUp(known, test),
});
