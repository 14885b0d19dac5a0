import { adam, dense, embedding, lstm, sequential, textWindows, vocabulary } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { bitsOfNgrams } from '../../src/n-grams.js';
import { defineTask } from '../../src/task.js';

const loss = { kind: 'crossEntropy', fromLogits: true } as const;

export default defineTask({
  files: [new URL('../../data/text-shakespeare/tinyshakespeare.txt.gz', import.meta.url)],
  settings: { units: 128, learningRate: 0.004, batchSize: 32, epochs: 6 },
  choices: {
    units: { label: 'Units', values: [64, 128, 192] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.004, 0.01] },
  },
  recorded: { epochs: 16 },
  comparedSteps: 2,

  // The last tenth of the plays is kept back for the score.
  async prepare([file]) {
    const text = await textOf(file);
    const characters = vocabulary(text);
    const ids = characters.encode(text);
    const end = Math.floor(ids.length * 0.9);
    return { characters, ids, end, training: textWindows(ids.slice(0, end), { length: 64 }) };
  },

  // After each character, a score for each that may come next.
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

  // Over stretches of 400 characters; while the reader watches, over 21 of the 278.
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
    return [{ name: '5-gram', score: bitsOfNgrams(ids, { order: 5, size, end, measures }) }];
  },
});
