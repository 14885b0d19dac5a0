import { adam, bidirectional, dense, dropout, editDistance, gru, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { BANDS } from '../speech/log-mel.js';
import { PASS, sampleOf, stringsOf } from './strings.js';
import { slidingWindow } from './windows.js';

export default defineTask({
  files: [
    new URL('../../data/speech-digits-fsdd/index.csv.gz', import.meta.url),
    new URL('../../data/speech-digits-fsdd/logmel.u8.gz', import.meta.url),
  ],
  settings: { split: 'takes', units: 64, learningRate: 0.005, batchSize: 32, epochs: 14 },
  choices: {
    split: { label: 'Held out', values: ['takes', 'theo'] },
    units: { label: 'Units', values: [32, 64] },
    learningRate: { label: 'Learning rate', values: [0.002, 0.005, 0.01] },
  },
  recorded: { epochs: 14 },
  comparedSteps: 3,

  // Recordings are joined to strings, others in each pass. The targets are the digits, without the times at which they are said.
  prepare: (files, { split }) => stringsOf(files, split),

  // Class 0 is the blank.
  model: ({ units }) =>
    sequential(
      [
        bidirectional(gru({ units, returnSequences: true })),
        dropout({ rate: 0.3 }),
        dense({ units: 11, activation: 'softmax' }),
      ],
      { inputShape: [null, BANDS] },
    ),

  // The learning rate falls to zero along half a cosine. Strings of similar length share a batch.
  fit({ learningRate: rate, batchSize, epochs }) {
    const steps = epochs * Math.ceil(PASS / batchSize);
    const optimizer = adam({ learningRate: { kind: 'cosine', rate, steps } });
    return { loss: 'ctc', optimizer, clip: { globalNorm: 1 }, bucketByLength: true, batchSize, epochs };
  },

  score: {
    label: 'of the digits in 300 held-out strings, read wrong',
    unit: '%',
    better: 'lower',
    decimals: 1,
    async measure(network, { test }, quick) {
      const samples = test.slice(0, quick ? 100 : test.length).map((string) => sampleOf(string));
      const metrics = [editDistance({ name: 'errorRate', normalize: true })] as const;
      return 100 * (await network.evaluate(samples, { loss: 'ctc', metrics })).errorRate;
    },
  },
  baselines: ({ known, test }, quick) => [slidingWindow(known, test, quick)],
});
