/* Fused kernels that fail on large valid inputs, on which a correct kernel saturates. */
import type { Backend, Tape, Tensor } from '@recurra/core';
import { sizeOf, type UnaryOp } from '@recurra/core/backend';
import { composeDense, denseKernel } from './baseline-kernels.js';
import { fused, only, recurrent } from './kernels.js';
import { compute, type Mutant } from './mutant.js';

const FIRST = 'recurrent/ranges-of-inputs';
const DENSE = 'kernels/ranges-of-inputs: dense';

/** A unary function with a different result where |x| is above `bound`. */
const beyond = (
  right: Backend,
  wrong: UnaryOp,
  bound: number,
  f: (tape: Tape, x: Tensor, y: Tensor) => Tensor,
): Backend => ({
  ...right,
  unary: (op, x) =>
    op === wrong
      ? compute(right, (tape) => {
          const y = tape.unary(op, x);
          const large = tape.step(tape.affine(tape.abs(x), 1, -bound));
          return tape.select(large, f(tape, x, y), y);
        })
      : right.unary(op, x),
});

const nan = (tape: Tape) => tape.fill([1], Number.NaN);
const zero = (tape: Tape) => tape.fill([1], 0);

const gates = (
  name: string,
  what: string,
  ...wrong: [UnaryOp, number, (tape: Tape, x: Tensor, y: Tensor) => Tensor]
) => recurrent(name, what, { arithmetic: (right) => beyond(right, ...wrong) }, FIRST);

export const largeNumbers: Mutant[] = [
  gates(
    'sigmoid overflows',
    'a gate is NaN if the magnitude of its argument is above 709',
    'sigmoid',
    709,
    nan,
  ),
  gates(
    'tanh overflows',
    'the candidate is NaN if the magnitude of its argument is above 354',
    'tanh',
    354,
    nan,
  ),
  gates('tanh wraps', 'the candidate is 0 if the magnitude of its argument is above 100', 'tanh', 100, zero),
  gates(
    'sigmoid of a table',
    'a gate is 0.5 if the magnitude of its argument is above 64',
    'sigmoid',
    64,
    (tape) => tape.fill([1], 0.5),
  ),
  recurrent(
    'gradients overflow',
    'the gradient of the kernel is NaN if the magnitude of an input is above 200',
    {
      gradients: (tape, result, _, { x }) => {
        if (sizeOf(x.shape) === 0) return result;
        const largest = tape.reshape(tape.max(tape.abs(x), [0, 1, 2]), [1]);
        const overflown = tape.step(tape.affine(largest, 1, -200));
        const { kernel } = result.weights;
        const poisoned = tape.select(overflown, nan(tape), kernel);
        return { ...result, weights: { ...result.weights, kernel: poisoned } };
      },
    },
    FIRST,
  ),
  recurrent(
    'relu is bounded',
    'a unit of an RNN with relu is at most 1000',
    only(({ cell }) => cell === 'rnn', {
      arithmetic: (right) => ({
        ...right,
        unary: (op, x) =>
          op === 'relu'
            ? compute(right, (tape) => tape.minimum(tape.relu(x), tape.fill([1], 1000)))
            : right.unary(op, x),
      }),
    }),
    FIRST,
  ),
  ...(['tanh', 'softplus'] as const).map((kind) =>
    fused(
      `dense: ${kind} overflows`,
      'the activation is NaN if the magnitude of its argument is above 88',
      DENSE,
      (right) => ({
        dense: denseKernel(beyond(right, kind, 88, nan), composeDense),
      }),
    ),
  ),
  fused(
    'dense: the gradient of saturation',
    'the activation’s derivative is left out if the magnitude of an input is above 200',
    DENSE,
    (right) => ({
      dense: denseKernel(right, composeDense, (tape, spec, args) => {
        const y = composeDense(tape, spec, args);
        const linear = composeDense(tape, { ...spec, activation: 'linear' }, args);
        const large = tape.step(tape.affine(tape.max(tape.abs(args.x), [1]), 1, -200));
        return tape.select(large, linear, y);
      }),
    }),
  ),
];
