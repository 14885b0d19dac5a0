/* The gradient of every tape operation, including broadcasting. */
import type { Tape, Tensor } from '@recurra/core';
import { sizeOf, type UnaryOp } from '@recurra/core/backend';
import { type Differentiable, provesGradients } from '../../finite-differences.js';
import { form, random, spread, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';

const group = 'gradients/operations';
/** At most two operations in sequence, forward and backward. */
const DEPTH = { steps: 4, terms: 24 };

function problem(
  name: string,
  variables: Readonly<Record<string, Values>>,
  forward: (tape: Tape, x: Readonly<Record<string, Tensor>>) => Tensor,
): Case {
  const differentiable: Differentiable = {
    variables,
    depth: DEPTH,
    forward: (tape, x) => ({ y: forward(tape, x) }),
  };
  return { group, name, run: (check) => provesGradients(check, differentiable) };
}

/** Inputs inside the domain and away from kinks. */
const POSITIVE = random([3, 5], 1, 0.25, 3);
const ANY = { shape: [3, 5], data: spread(15, 2, 0.3) };

const UNARY: readonly UnaryOp[] = [
  'exp',
  'log',
  'sqrt',
  'abs',
  'relu',
  'sigmoid',
  'tanh',
  'softplus',
  'step',
];

const FORMS = [
  form([3, 4], [3, 4]),
  form([3, 4], [4]),
  form([1], [2, 3]),
  form([3, 1], [1, 4]),
  form([2, 1, 3], [4, 1]),
  form([2, 3, 1, 2], [1, 3, 2, 1]),
];

export const gradientsOfOperations: Case[] = [
  ...UNARY.map((op) =>
    problem(op, { x: op === 'log' || op === 'sqrt' ? POSITIVE : ANY }, (tape, { x }) => tape.unary(op, x)),
  ),

  ...(['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const).flatMap((op) =>
    FORMS.map(([a, b]) => {
      const size = sizeOf(a);
      const variables = { a: { shape: a, data: spread(size, 3, 0.31) }, b: random(b, 4, 0.5, 2) };
      return problem(`${op} of [${a}] and [${b}]`, variables, (tape, { a, b }) => tape[op](a, b));
    }),
  ),

  ...[false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      [[], [3]].map((stack) =>
        problem(
          `matmul${stack.length > 0 ? ' of stacks' : ''}${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
          {
            a: random([...stack, ...(transposeA ? [4, 3] : [3, 4])], 5),
            b: random([...stack, ...(transposeB ? [5, 4] : [4, 5])], 6),
          },
          (tape, { a, b }) => tape.matmul(a, b, { transposeA, transposeB }),
        ),
      ),
    ),
  ),

  problem('affine', { x: ANY }, (tape, { x }) => tape.affine(x, -1.5, 0.25)),
  problem('select', { a: random([3, 4], 7), b: random([4], 8) }, (tape, { a, b }) =>
    tape.select(tape.constant([1, 0, 2], [3, 1]), a, b),
  ),
  problem('select between scalars', { a: random([1], 7), b: random([1, 1], 8) }, (tape, { a, b }) =>
    tape.select(tape.constant([1, 0, 1, 1, 0, 1], [3, 2]), a, b),
  ),
  problem('sum over all', { x: random([2, 3, 2], 9) }, (tape, { x }) => tape.sum(x)),
  problem('sum over some axes', { x: random([2, 3, 2, 2], 9) }, (tape, { x }) => tape.sum(x, [1, 3])),
  problem('mean', { x: random([2, 3, 2], 9) }, (tape, { x }) => tape.mean(x, [0, 2])),
  problem('max', { x: { shape: [3, 4, 2], data: spread(24, 10) } }, (tape, { x }) => tape.max(x, [1])),
  problem('softmax', { x: random([3, 5], 11, -2, 2) }, (tape, { x }) => tape.softmax(x)),
  problem('logSoftmax', { x: random([2, 2, 5], 12, -2, 2) }, (tape, { x }) => tape.logSoftmax(x)),
  problem('reshape', { x: random([3, 4], 13) }, (tape, { x }) =>
    tape.mul(tape.reshape(x, [2, 6]), tape.reshape(x, [2, 6])),
  ),
  problem('transpose', { x: random([2, 3, 4], 14) }, (tape, { x }) =>
    tape.tanh(tape.transpose(x, [2, 0, 1])),
  ),
  problem('slice', { x: random([4, 5, 2], 15) }, (tape, { x }) => tape.slice(x, [1, 0, 1], [2, 4, 1])),
  problem('split and concat', { x: random([3, 6], 16), z: random([3, 1], 17) }, (tape, { x, z }) => {
    const [a, b] = tape.split(x, [2, 1, 3], 1);
    return tape.concat([b, tape.tanh(a), z, b], 1);
  }),
  problem('gather, rows taken twice', { table: random([4, 3], 18) }, (tape, { table }) =>
    tape.gather(table, tape.constant([2, 0, 2, 3], [4])),
  ),
  problem('scatterAdd, rows added to twice', { updates: random([4, 3], 19) }, (tape, { updates }) =>
    tape.tanh(tape.scatterAdd(tape.constant([2, 0, 2, 3], [4]), updates, 5)),
  ),
  problem('a tensor used many times', { x: random([3, 3], 20) }, (tape, { x }) =>
    tape.add(tape.matmul(x, x), tape.mul(x, tape.matmul(x, x, { transposeA: true }))),
  ),
];
