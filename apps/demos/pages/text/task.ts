import { adam, dense, embedding, lstm, sequential } from '@recurra/core';
import { file, loss, ngramBits, playsOf, score } from '../../src/plays.js';
import { defineTask } from '../../src/task.js';

export default defineTask({
  files: [file],
  settings: { units: 128, learningRate: 0.004, batchSize: 32, epochs: 6 },
  choices: {
    units: { label: 'Units', values: [64, 128, 192] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.004, 0.01] },
  },
  recorded: { epochs: 16 },
  comparedSteps: 2,

  // Windows of 64 characters, with the next character after each. The last tenth of the plays is held out.
  prepare: ([bytes]) => playsOf(bytes),

  // After each character, the network returns a score for each possible next one.
  model({ units }, { characters: { size } }) {
    const memory = [embedding({ inputDim: size, outputDim: 32 }), lstm({ units, returnSequences: true })];
    return sequential([...memory, dense({ units: size })], { inputShape: [null] });
  },

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

  // Bits per character over stretches of 400 characters; while the reader watches, over 21 of the 278.
  score,
  baselines: (plays, quick) => [{ name: '5-gram', score: ngramBits(5, plays, quick) }],
});
