/* Fused dense layers, losses and optimizers that are wrong above some size. */
import type { Tape, Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { composeCrossEntropy, composeDense, crossEntropyKernel, denseKernel } from './baseline-kernels.js';
import { optimizerKernel, type Update, updateOf } from './baseline-optimizer.js';
import { detached, firstOnly, fused } from './kernels.js';
import { compute, type Mutant } from './mutant.js';

/** @param sizes the sizes to try first */
const dense = (
  sizes: string,
  name: string,
  what: string,
  forward: typeof composeDense,
  differentiated = forward,
): Mutant =>
  fused(`dense: ${name}`, what, `kernels/sizes: dense: ${sizes}`, (right) => ({
    dense: denseKernel(right, forward, differentiated),
  }));

/** Splits x along `axis` and concatenates the parts again; no gradient reaches the second part. */
function partlyDetached(tape: Tape, x: Tensor, axis: number, limit: number): Tensor {
  const size = x.shape[axis];
  if (size <= limit) return x;
  const [first, rest] = tape.split(x, [limit, size - limit], axis);
  return tape.concat([first, detached(tape, rest)], axis);
}

const denseSizes: Mutant[] = [
  dense('300 rows', '96 rows', 'rows past the limit are zero', (tape, spec, args) =>
    firstOnly(tape, composeDense(tape, spec, args), 0, 96),
  ),
  dense('3 rows, 5 inputs', '96 units', 'units past the limit are zero', (tape, spec, args) =>
    firstOnly(tape, composeDense(tape, spec, args), 1, 96),
  ),
  dense('3 rows, 300 inputs', '96 inputs', 'inputs past the limit are ignored', (tape, spec, args) =>
    composeDense(tape, spec, { ...args, kernel: firstOnly(tape, args.kernel, 0, 96) }),
  ),
  dense(
    '300 rows',
    'kernel gradient of 96 rows',
    'rows past the limit are not in the gradient of the kernel',
    composeDense,
    (tape, spec, args) => {
      if (spec.rows <= 96) return composeDense(tape, spec, args);
      const [x, rest] = tape.split(args.x, [96, spec.rows - 96], 0);
      const fixed = { ...args, x: rest, kernel: detached(tape, args.kernel) };
      return tape.concat(
        [
          composeDense(tape, { ...spec, rows: 96 }, { ...args, x }),
          composeDense(tape, { ...spec, rows: spec.rows - 96 }, fixed),
        ],
        0,
      );
    },
  ),
  dense(
    '300 rows',
    'input gradient of 80 rows',
    'the gradient of rows past the limit is zero',
    composeDense,
    (tape, spec, args) => composeDense(tape, spec, { ...args, x: partlyDetached(tape, args.x, 0, 80) }),
  ),
];

/** @param sizes the sizes to try first */
const loss = (
  sizes: string,
  name: string,
  what: string,
  forward: typeof composeCrossEntropy,
  differentiated = forward,
): Mutant =>
  fused(`crossEntropy: ${name}`, what, `kernels/sizes: crossEntropy: ${sizes}`, (right) => ({
    crossEntropy: crossEntropyKernel(right, forward, differentiated),
  }));

const lossSizes: Mutant[] = [
  loss('257 rows', '64 rows', 'rows past the limit do not count', (tape, args) =>
    composeCrossEntropy(tape, { ...args, weights: firstOnly(tape, args.weights, 0, 64) }),
  ),
  loss(
    '257 rows',
    'gradient of 64 rows',
    'the gradient of rows past the limit is zero',
    composeCrossEntropy,
    (tape, args) => composeCrossEntropy(tape, { ...args, logits: partlyDetached(tape, args.logits, 0, 64) }),
  ),
  loss(
    '33 rows',
    'gradient of 128 classes',
    'the gradient of classes past the limit is zero',
    composeCrossEntropy,
    (tape, args) => composeCrossEntropy(tape, { ...args, logits: partlyDetached(tape, args.logits, 1, 128) }),
  ),
  loss('33 rows', 'targets in seven bits', 'classes above 127 are treated as 127', (tape, args) =>
    composeCrossEntropy(tape, { ...args, targets: tape.minimum(args.targets, tape.fill([1], 127)) }),
  ),
];

/** An optimizer whose step changes only the first elements of each parameter or of each state tensor. */
const optimizer = (name: string, what: string, limit: number, of: 'parameter' | 'state'): Mutant =>
  fused(`optimizer: ${name}`, what, 'kernels/optimizers: sgd, momentum', (right) => {
    /** The elements of `after` up to the limit, and those of `before` from there on. Consumes both. */
    const joined = (before: Tensor, after: Tensor) =>
      compute(right, (tape) => {
        const size = sizeOf(before.shape);
        const cut = Math.min(limit, size);
        const part = (x: Tensor, i: number) =>
          tape.split(tape.reshape(tape.own(x), [size]), [cut, size - cut], 0)[i];
        return tape.reshape(tape.concat([part(after, 0), part(before, 1)], 0), before.shape);
      });
    const copy = (x: Tensor) => right.affine(x, 1, 0);
    const step = updateOf(right);
    const update: Update = (spec, one) => {
      if (of === 'parameter') {
        const before = copy(one.parameter);
        const next = step(spec, one);
        return { ...next, parameter: joined(before, next.parameter) };
      }
      const before = one.state.map(copy);
      const next = step(spec, one);
      return { ...next, state: next.state.map((after, i) => joined(before[i], after)) };
    };
    return { optimizer: optimizerKernel(right, { update }) };
  });

const optimizerSizes: Mutant[] = [
  optimizer('512 elements', 'elements of a parameter past the limit do not change', 512, 'parameter'),
  optimizer('4096 elements', 'elements of a parameter past the limit do not change', 4096, 'parameter'),
  optimizer('state of 1024 elements', 'elements of the state past the limit do not change', 1024, 'state'),
];

export const kernelSizes: Mutant[] = [...denseSizes, ...lossSizes, ...optimizerSizes];
