import { adam, bidirectional, dense, dropout, embedding, lstm, sequential } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { lexicon } from '../../src/words.js';
import { commonestTags } from './commonest-tag.js';
import { requestsOf, tag, wordsOf } from './requests.js';
import { spanF1 } from './spans.js';

export default defineTask({
  files: [new URL('../../data/slots-snips/snips.tsv.gz', import.meta.url)],
  settings: { units: 64, learningRate: 0.005, batchSize: 32, epochs: 4 },
  choices: {
    units: { label: 'Units', values: [16, 32, 64] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  recorded: { epochs: 8 },
  comparedSteps: 5,

  // A word gets its own number if it occurs three times in the 13,784 requests for training.
  async prepare([file]) {
    const { known, test } = requestsOf(await textOf(file));
    const words = lexicon(known.map(wordsOf), 3);
    const tags = [...new Set(known.flatMap((request) => request.tags))].sort();
    const ids = new Map(tags.map((tag, i) => [tag, i]));
    const training = known.map((request) => {
      return { x: words.encode(request.words), y: request.tags.map((tag) => ids.get(tag) as number) };
    });
    return { training, known, test, words, tags };
  },

  // Reads the words in both directions; for each word, a probability for each tag.
  model({ units }, { words, tags }) {
    const read = [embedding({ inputDim: words.size, outputDim: 48 }), dropout({ rate: 0.3 })];
    const memory = [bidirectional(lstm({ units, returnSequences: true })), dropout({ rate: 0.3 })];
    const guess = dense({ units: tags.length, activation: 'softmax' });
    return sequential([...read, ...memory, guess], { inputShape: [null] });
  },

  // The learning rate falls to zero along half a cosine. Requests of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }, { training }) {
    const steps = epochs * Math.ceil(training.length / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    const batches = { bucketByLength: true, batchSize, epochs };
    return { loss: 'crossEntropy', optimizer, clip: { globalNorm: 1 }, ...batches };
  },

  score: {
    label: 'F1 of whole spans, in 700 held-out requests',
    unit: '%',
    better: 'higher',
    decimals: 1,
    measure: async (network, data) =>
      100 * spanF1(await tag(network, data, data.test.map(wordsOf)), data.test),
  },
  baselines: ({ known, test }) => [
    { name: 'looking up word pairs', score: 100 * spanF1(commonestTags(known, test, 2), test) },
    { name: 'looking up words', score: 100 * spanF1(commonestTags(known, test, 1), test) },
  ],
});
