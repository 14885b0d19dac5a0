import { adam, dense, gru, lstm, minGru, rnn, sequential } from '@recurra/core';
import { defineTask } from '../../src/task.js';
import { guesses, OUTPUTS, percentRight, puzzles } from './problems.js';

const cells: Record<string, typeof rnn | typeof lstm | typeof gru> = { RNN: rnn, LSTM: lstm, GRU: gru };

export default defineTask({
  files: [],
  settings: { cell: 'LSTM', problem: 'adding', steps: 20, gain: 1, clip: 'on', learningRate: 0.005 },
  choices: {
    cell: { label: 'Follow', values: ['RNN', 'LSTM', 'GRU', 'minGRU'] },
    problem: { label: 'Problem', values: ['adding', 'copying'] },
    steps: { label: 'Steps', values: [10, 20, 40, 80, 160, 320, 500] },
    gain: { label: 'First recurrent weights ×', values: [0.5, 1, 2] },
    clip: { label: 'Clip', values: ['on', 'off'] },
    learningRate: { label: 'Learning rate', values: [0.001, 0.005, 0.01] },
  },
  // One network for each cell, all trained on the same sequences in the same order.
  sideBySide: 'cell',
  recorded: {},
  comparedSteps: 2,

  // Sequences with marked values, drawn by fixed seeds.
  async prepare(_, settings) {
    const { problem, steps } = settings;
    const training = puzzles(problem, 4096, steps, 'training');
    return { settings, training, test: puzzles(problem, 1024, steps, 'test') };
  },

  // Returns the answer after the last step. The initial recurrent weights are an orthogonal matrix times the
  // gain; the minGRU has none.
  model({ cell, gain, problem }) {
    const options = { units: 24, recurrentInitializer: { kind: 'orthogonal', gain } } as const;
    const memory = cell === 'minGRU' ? minGru({ units: 24 }) : cells[cell](options);
    return sequential([memory, dense({ units: OUTPUTS[problem] })], { inputShape: [null, 2] });
  },

  fit: ({ problem, clip, learningRate }) => ({
    loss: problem === 'adding' ? 'meanSquaredError' : { kind: 'binaryCrossEntropy', fromLogits: true },
    optimizer: adam({ learningRate }),
    clip: clip === 'on' ? { globalNorm: 1 } : undefined,
    batchSize: 32,
    epochs: 20,
  }),

  score: {
    label: 'of held-out sequences answered correctly',
    unit: '%',
    better: 'higher',
    decimals: 1,
    every: 32,
    learnt: 95,
    async measure(network, { settings, test }, quick) {
      const problems = quick ? test.slice(0, 256) : test;
      const outputs = (await network.predict(problems.map(({ x }) => x))) as number[][];
      return percentRight(settings.problem, problems, outputs);
    },
  },
  baselines: ({ settings, test }, quick) => guesses(settings.problem, quick ? test.slice(0, 256) : test),
});
