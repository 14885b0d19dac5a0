/* Invalid calls must throw a typed error and must not leak tensors. */
import { type Backend, dense, gru, type Layer, lstm, rnn, type Tape, type Tensor } from '@recurra/core';
import type { Differentiable } from '../finite-differences.js';
import { layerProblem, SEQUENCE } from '../layer-problem.js';
import type { Case } from '../suite.js';

const group = 'errors';

/** Calls of every operation with an unusable matrix or row, once for each argument. */
function uses(backend: Backend, bad: Tensor, badRow: Tensor, good: Tensor): Record<string, () => unknown> {
  return {
    read: () => backend.read(bad),
    free: () => backend.free(bad),
    'matmul, a': () => backend.matmul(bad, good, false, false),
    'matmul, b': () => backend.matmul(good, bad, false, false),
    unary: () => backend.unary('exp', bad),
    'binary, a': () => backend.binary('add', bad, good),
    'binary, b': () => backend.binary('add', good, bad),
    'binary, broadcast': () => backend.binary('add', good, badRow),
    affine: () => backend.affine(bad, 2, 1),
    'select, condition': () => backend.select(bad, good, good),
    'select, a': () => backend.select(good, bad, good),
    'select, b': () => backend.select(good, good, bad),
    sum: () => backend.sum(bad, [0]),
    max: () => backend.max(bad, [1]),
    softmax: () => backend.softmax(bad),
    logSoftmax: () => backend.logSoftmax(bad),
    reshape: () => backend.reshape(bad, [4]),
    transpose: () => backend.transpose(bad, [1, 0]),
    slice: () => backend.slice(bad, [0, 0], [1, 1]),
    concat: () => backend.concat([good, bad], 0),
    'gather, table': () => backend.gather(bad, badRow),
    'gather, indices': () => backend.gather(good, badRow),
    'scatterAdd, indices': () => backend.scatterAdd(badRow, good, 2),
    'scatterAdd, updates': () => backend.scatterAdd(badRow, bad, 2),
  };
}

const operations: Case[] = [
  {
    group,
    name: 'a freed tensor is refused by every operation',
    async run(check) {
      const { backend } = check;
      const [bad, badRow] = [backend.fill([2, 2], 1), backend.fill([2], 1)];
      const good = check.made(backend.fill([2, 2], 1));
      backend.free(bad);
      backend.free(badRow);
      for (const [what, use] of Object.entries(uses(backend, bad, badRow, good)))
        await check.refuses(`${what}: a freed tensor`, use, 'FreedTensorError');
    },
  },
  {
    group,
    name: 'another backend’s tensor is refused by every operation',
    async run(check) {
      const { backend } = check;
      const other = await check.reference();
      const good = check.made(backend.fill([2, 2], 1));
      for (const [bad, badRow] of [
        [other.fill([2, 2], 1), other.fill([2], 1)],
        [{ shape: [2, 2] }, { shape: [2] }],
      ]) {
        for (const [what, use] of Object.entries(uses(backend, bad, badRow, good)))
          await check.refuses(`${what}: a foreign tensor`, use, 'ForeignTensorError');
      }
    },
  },
  {
    group,
    name: 'shapes that do not fit are refused before they get to the backend',
    async run(check) {
      const tape = check.tape();
      const [matrix, row] = [tape.fill([2, 3], 1), tape.fill([2], 1)];
      const before = check.backend.memory().tensors;
      const wrong: Record<string, () => unknown> = {
        matmul: () => tape.matmul(matrix, matrix),
        add: () => tape.add(matrix, row),
        select: () => tape.select(row, matrix, matrix),
        sum: () => tape.sum(matrix, [2]),
        reshape: () => tape.reshape(matrix, [5]),
        transpose: () => tape.transpose(matrix, [0, 0]),
        slice: () => tape.slice(matrix, [0, 2], [1, 2]),
        concat: () => tape.concat([matrix, row], 0),
        gather: () => tape.gather(row, row),
        constant: () => tape.constant([1, 2, 3], [2]),
      };
      for (const [what, use] of Object.entries(wrong)) await check.refuses(what, use, 'ShapeError');
      check.same('the count of tensors', check.backend.memory().tensors, before);
    },
  },
];

const LAYERS: Record<string, Layer> = {
  rnn: rnn({ units: 3, returnSequences: true }),
  'rnn, relu': rnn({ units: 3, returnSequences: true, activation: 'relu' }),
  lstm: lstm({ units: 3, returnSequences: true }),
  gru: gru({ units: 3, returnSequences: true }),
  'gru, resetAfter: false': gru({ units: 3, returnSequences: true, resetAfter: false }),
  dense: dense({ units: 3 }),
  'dense, relu': dense({ units: 3, activation: 'relu' }),
};

const freed: Case[] = Object.entries(LAYERS).map(([name, layer]) => ({
  group,
  name: `a freed tensor is refused by ${name}`,
  async run(check) {
    const problem = layerProblem(layer, { ...SEQUENCE, initialState: true });
    for (const bad of Object.keys(problem.variables)) {
      const tape = check.tape();
      const tensors = uploaded(tape, problem);
      check.backend.free(tape.keep(tensors[bad]));
      await check.refuses(`${bad}, freed`, () => problem.forward(tape, tensors), 'FreedTensorError');
    }
  },
}));

const freedGradients: Case[] = Object.entries(LAYERS).map(([name, layer]) => ({
  group,
  name: `a freed gradient is refused by the backward pass of ${name}`,
  async run(check) {
    const problem = layerProblem(
      layer,
      name.startsWith('dense') ? SEQUENCE : { ...SEQUENCE, initialState: true },
    );
    const outputs = Object.keys(problem.forward(check.tape(), uploaded(check.tape(), problem)));
    for (const output of outputs) {
      const tape = check.tape();
      const tensors = uploaded(tape, problem);
      for (const x of Object.values(tensors)) tape.watch(x);
      const y = problem.forward(tape, tensors)[output];
      const seed = check.backend.fill(y.shape, 1);
      check.backend.free(seed);
      const back = () => tape.gradients([[y, seed]], Object.values(tensors));
      await check.refuses(`the gradient of ${output}, freed`, back, 'FreedTensorError');
    }
  },
}));

function uploaded(tape: Tape, { variables }: Differentiable): Record<string, Tensor> {
  const entries = Object.entries(variables).map(([name, { data, shape }]) => [
    name,
    tape.constant(data, shape),
  ]);
  return Object.fromEntries(entries);
}

export const errors: Case[] = [...operations, ...freed, ...freedGradients];
