import { adam, bidirectional, dense, dropout, embedding, lstm, sequential } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { defineTask } from '../../src/task.js';
import { lexicon } from '../../src/words.js';
import { commonestTags } from '../tagging/commonest-tag.js';
import { requestsOf, type TaggedRequest, wordsOf } from '../tagging/requests.js';
import { spanF1 } from '../tagging/spans.js';
import { tag } from './tag.js';

export default defineTask({
  files: [new URL('../../data/slots-snips/snips.tsv.gz', import.meta.url)],
  settings: { reads: 'both directions', learningRate: 0.005, batchSize: 32, epochs: 4 },
  choices: {
    reads: { label: 'Follow', values: ['one direction', 'both directions'] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.02] },
  },
  sideBySide: 'reads', // A network of each kind, trained on the same requests in the same order.
  recorded: { epochs: 8 },
  comparedSteps: 5,

  // A word gets its own number if it occurs three times in the 13,784 requests for training.
  async prepare([file]) {
    const { known, test } = requestsOf(await textOf(file));
    const words = lexicon(known.map(wordsOf), 3);
    const tags = [...new Set(known.flatMap((request) => request.tags))].sort();
    const ids = new Map(tags.map((tag, i) => [tag, i]));
    const y = (request: TaggedRequest) => request.tags.map((tag) => ids.get(tag) as number);
    const training = known.map((request) => ({ x: words.encode(request.words), y: y(request) }));
    return { training, known, test, words, tags };
  },

  // With 53 units, one direction has as many weights as two of 32 units each, except for 96.
  model({ reads }, { words, tags }) {
    const one = lstm({ units: 53, returnSequences: true });
    const both = bidirectional(lstm({ units: 32, returnSequences: true }));
    const memory = [dropout({ rate: 0.3 }), reads === 'one direction' ? one : both, dropout({ rate: 0.3 })];
    const guess = dense({ units: tags.length, activation: 'softmax' });
    const read = embedding({ inputDim: words.size, outputDim: 48 });
    return sequential([read, ...memory, guess], { inputShape: [null] });
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
  ],
});
