import { adam, dense, embedding, gru, lstm, rnn, sequential } from '@recurra/core';
import { file, loss, ngramBits, playsOf, score } from '../../src/plays.js';
import { defineTask } from '../../src/task.js';

const cells: Readonly<Record<string, typeof lstm | typeof gru | typeof rnn>> = { lstm, gru, rnn };

export default defineTask({
  files: [file],
  settings: { cell: 'lstm', units: 24, learningRate: 0.01, batchSize: 32, epochs: 2 },
  choices: {
    cell: { label: 'Cell', values: ['rnn', 'gru', 'lstm'] },
    units: { label: 'Units', values: [12, 24, 48] },
  },
  recorded: { epochs: 4 },
  comparedSteps: 2,

  // Windows of 64 characters, with the next character after each. The last tenth of the plays is held out.
  prepare: ([bytes]) => playsOf(bytes),

  model({ cell, units }, { characters: { size } }) {
    const memory = cells[cell]({ units, returnSequences: true });
    return sequential([embedding({ inputDim: size, outputDim: 16 }), memory, dense({ units: size })], {
      inputShape: [null],
    });
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
  baselines: (plays, quick) => [{ name: 'letter pairs', score: ngramBits(2, plays, quick) }],
});
