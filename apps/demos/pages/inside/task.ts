import { adam, dense, embedding, gru, lstm, rnn, sequential, textWindows, vocabulary } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { bitsOfNgrams } from '../../src/n-grams.js';
import { defineTask } from '../../src/task.js';

const loss = { kind: 'crossEntropy', fromLogits: true } as const;
const cells: Readonly<Record<string, typeof lstm | typeof gru | typeof rnn>> = { lstm, gru, rnn };

export default defineTask({
  files: [new URL('../../data/text-shakespeare/tinyshakespeare.txt.gz', import.meta.url)],
  settings: { cell: 'lstm', units: 24, learningRate: 0.01, batchSize: 32, epochs: 2 },
  choices: {
    cell: { label: 'Cell', values: ['rnn', 'gru', 'lstm'] },
    units: { label: 'Units', values: [12, 24, 48] },
  },
  recorded: { epochs: 4 },
  comparedSteps: 2,

  // The last tenth of the plays is kept back for the score.
  async prepare([file]) {
    const text = await textOf(file);
    const characters = vocabulary(text);
    const ids = characters.encode(text);
    const end = Math.floor(ids.length * 0.9);
    return { characters, ids, end, training: textWindows(ids.slice(0, end), { length: 64 }) };
  },

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

  score: {
    label: 'bits a character, on text kept back',
    unit: 'bits',
    better: 'lower',
    decimals: 2,
    async measure(network, { ids, end }, quick) {
      const test = textWindows(ids.slice(end), { length: 400, stride: quick ? 5500 : 400 });
      return (await network.evaluate(test, { loss, batchSize: 20 })).loss / Math.LN2;
    },
  },
  baselines({ ids, end, characters: { size } }, quick) {
    const measures = (index: number) => !quick || (index > end && (index - end - 1) % 5500 < 400);
    return [{ name: 'letter pairs', score: bitsOfNgrams(ids, { order: 2, size, end, measures }) }];
  },
});
