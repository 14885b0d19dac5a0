import { adam, dense, dropout, embedding, gru, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { inKeys, melodiesOf, nextNotes, trigramBits } from './melodies.js';
import { PITCHES } from './pitches.js';

const loss = { kind: 'crossEntropy', fromLogits: true } as const;

export default defineTask({
  files: [new URL('../../data/music-bach-chorales/chorales.json.gz', import.meta.url)],
  settings: { units: 96, learningRate: 0.004, batchSize: 32, epochs: 20 },
  choices: {
    units: { label: 'Units', values: [32, 64, 96] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.004, 0.01] },
  },
  recorded: { epochs: 40 },
  comparedSteps: 10,

  // 80 melodies for training, each in eleven keys; 20 are held out, in their own keys.
  async prepare([file]) {
    const melodies = await melodiesOf(file);
    const [known, test] = [melodies.slice(0, 80), melodies.slice(80)];
    return { training: inKeys(known).map(nextNotes), known, test };
  },

  // After each note, a score for each pitch that may come next.
  model: ({ units }) =>
    sequential(
      [
        embedding({ inputDim: PITCHES, outputDim: 32 }),
        gru({ units, returnSequences: true }),
        dropout({ rate: 0.3 }),
        dense({ units: PITCHES }),
      ],
      { inputShape: [null] },
    ),

  // The learning rate falls to zero along half a cosine.
  fit: ({ learningRate: rate, batchSize, epochs }, { training }) => ({
    loss,
    optimizer: adam({
      learningRate: { kind: 'cosine', rate, steps: epochs * Math.ceil(training.length / batchSize) },
    }),
    clip: { globalNorm: 1 },
    batchSize,
    epochs,
  }),

  score: {
    label: 'bits per note, on 20 held-out melodies',
    unit: 'bits',
    better: 'lower',
    decimals: 2,
    measure: async (network, { test }) =>
      (await network.evaluate(test.map(nextNotes), { loss })).loss / Math.LN2,
  },
  baselines: ({ known, test }) => [
    { name: 'trigram in eleven keys', score: trigramBits(inKeys(known), test) },
    { name: 'trigram in their own keys', score: trigramBits(known, test) },
  ],
});
