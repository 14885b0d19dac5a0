/* Required operations whose arithmetic is wrong. */
import type { Backend, Tape, Tensor } from '@recurra/core';
import { sameShape, sizeOf, type UnaryOp } from '@recurra/core/backend';
import { compute, isNumber, type Mutant, mutant, roundTo, triedFirst } from './mutant.js';

const square = ({ shape }: Tensor) => shape.length === 2 && shape[0] === shape[1];

/** Replaces one unary function. */
const unary = (name: string, what: string, wrong: UnaryOp, f: (tape: Tape, x: Tensor) => Tensor): Mutant =>
  mutant(name, what, 'operations/elementwise', (right) => ({
    unary: (op, x) => (op === wrong ? compute(right, (tape) => f(tape, x)) : right.unary(op, x)),
  }));

const matmul = (name: string, what: string, change: (right: Backend) => Backend['matmul']): Mutant =>
  mutant(name, what, 'operations/matmul', (right) => ({ matmul: change(right) }));

const elementwise = triedFirst('operations/elementwise');
const reduction = triedFirst('operations/reduce');
const rowwise = triedFirst('operations/softmax');

/** x without the last of its slices along `axis`. */
const withoutLast = (tape: Tape, x: Tensor, axis: number) =>
  tape.slice(
    x,
    x.shape.map(() => 0),
    x.shape.map((size, i) => (i === axis ? size - 1 : size)),
  );

export const operations: Mutant[] = [
  matmul(
    'matmul: b as it is',
    'a square b is never transposed',
    (right) => (a, b, transposeA, transposeB) => right.matmul(a, b, transposeA, transposeB && !square(b)),
  ),
  matmul(
    'matmul: operands swapped',
    'b · a where both are square',
    (right) =>
      (a, b, ...transposed) =>
        square(a) && square(b)
          ? right.matmul(b, a, transposed[1], transposed[0])
          : right.matmul(a, b, ...transposed),
  ),
  matmul(
    'matmul: the tail is left out',
    'the last term of 49 or 65 is not added',
    (right) => (a, b, tA, tB) => {
      const k = a.shape[tA ? 0 : 1];
      if (k <= 48 || k % 16 !== 1) return right.matmul(a, b, tA, tB);
      return compute(right, (tape) =>
        tape.matmul(withoutLast(tape, a, tA ? 0 : 1), withoutLast(tape, b, tB ? 1 : 0), {
          transposeA: tA,
          transposeB: tB,
        }),
      );
    },
  ),
  matmul(
    'matmul: zeros are skipped',
    '0 · NaN and 0 · Infinity are 0',
    (right) => (a, b, tA, tB) =>
      compute(right, (tape) => {
        const none = tape.fill([1], 0);
        const finite = tape.select(tape.sub(b, b), none, tape.fill([1], 1));
        const zeros = tape.affine(tape.step(tape.abs(a)), -1, 1);
        const holes = tape.step(
          tape.matmul(zeros, tape.affine(finite, -1, 1), { transposeA: tA, transposeB: tB }),
        );
        const b0 = tape.select(finite, b, none);
        const product = tape.matmul(a, b, { transposeA: tA, transposeB: tB });
        return tape.select(holes, tape.matmul(a, b0, { transposeA: tA, transposeB: tB }), product);
      }),
  ),
  matmul(
    'matmul: half precision',
    'the result is rounded to 11 bits',
    (right) => (a, b, transposeA, transposeB) =>
      compute(right, (tape) => roundTo(11, tape, tape.matmul(a, b, { transposeA, transposeB }))),
  ),

  mutant(
    'broadcast: from the left',
    'a vector is broadcast along the first axis of a square matrix',
    'gradients/layers: dense',
    (right) => ({
      binary: (op, a, b) => {
        if (!square(a) || !sameShape(b.shape, [a.shape[0]])) return right.binary(op, a, b);
        return compute(right, (tape) => tape[op](a, tape.reshape(b, [b.shape[0], 1])));
      },
    }),
  ),
  elementwise('sub: exchanged', 'the result is b − a if b is larger', (right) => ({
    binary: (op, a, b) =>
      op === 'sub' && sizeOf(b.shape) > sizeOf(a.shape) ? right.binary(op, b, a) : right.binary(op, a, b),
  })),
  elementwise('div: by zero is zero', 'x / 0 is 0', (right) => ({
    binary: (op, a, b) => {
      if (op !== 'div') return right.binary(op, a, b);
      return compute(right, (tape) => tape.select(b, tape.div(a, b), tape.fill([1], 0)));
    },
  })),
  ...(['maximum', 'minimum'] as const).map((wrong) =>
    elementwise(`${wrong}: hides NaN`, 'the result is b if a is NaN', (right) => ({
      binary: (op, a, b) => {
        if (op !== wrong) return right.binary(op, a, b);
        return compute(right, (tape) => tape.select(isNumber(tape, a), tape[wrong](a, b), b));
      },
    })),
  ),
  elementwise('select: inverted', 'b is chosen where the condition holds', (right) => ({
    select: (condition, a, b) => right.select(condition, b, a),
  })),
  elementwise(
    'select: by arithmetic',
    'the element that is not chosen is multiplied by 0, so its NaN comes through',
    (right) => ({
      select: (condition, a, b) =>
        compute(right, (tape) => {
          const first = tape.step(tape.abs(condition));
          return tape.add(tape.mul(first, a), tape.mul(tape.affine(first, -1, 1), b));
        }),
    }),
  ),
  elementwise('select: above zero', 'a negative condition does not hold', (right) => ({
    select: (condition, a, b) => compute(right, (tape) => tape.select(tape.step(condition), a, b)),
  })),
  elementwise('select: NaN does not hold', 'b is chosen where the condition is NaN', (right) => ({
    select: (condition, a, b) =>
      compute(right, (tape) =>
        tape.select(tape.select(isNumber(tape, condition), condition, tape.fill([1], 0)), a, b),
      ),
  })),
  elementwise('affine: shift first', '(x + shift) · scale', (right) => ({
    affine: (x, scale, shift) => right.affine(x, scale, shift * scale),
  })),
  elementwise('affine: nothing times NaN', 'x · 0 + shift is shift even if x is NaN', (right) => ({
    affine: (x, scale, shift) => (scale === 0 ? right.fill(x.shape, shift) : right.affine(x, scale, shift)),
  })),
  elementwise(
    'elementwise: the tail is left out',
    'the elements after the last full group of 4 are not computed',
    (right) => ({
      unary: (op, x) => {
        const [size] = x.shape;
        if (x.shape.length > 1 || size < 4 || size % 4 === 0) return right.unary(op, x);
        return compute(right, (tape) => {
          const [whole, tail] = tape.split(x, [size - (size % 4), size % 4], 0);
          return tape.concat([tape.unary(op, whole), tail], 0);
        });
      },
    }),
  ),

  unary('relu: hides NaN', 'relu(NaN) is 0', 'relu', (tape, x) =>
    tape.select(tape.step(x), x, tape.fill([1], 0)),
  ),
  unary('step: 1 at 0', 'step(0) is 1', 'step', (tape, x) =>
    tape.mul(isNumber(tape, x), tape.affine(tape.step(tape.affine(x, -1)), -1, 1)),
  ),
  unary('step: NaN comes through', 'step(NaN) is NaN', 'step', (tape, x) =>
    tape.select(isNumber(tape, x), tape.step(x), x),
  ),
  unary('sigmoid: overflows', 'exp(x) / (1 + exp(x)) is NaN at 1000', 'sigmoid', (tape, x) =>
    tape.div(tape.exp(x), tape.affine(tape.exp(x), 1, 1)),
  ),
  unary('tanh: overflows', '(exp(2x) − 1) / (exp(2x) + 1) is NaN at 1000', 'tanh', (tape, x) => {
    const twice = tape.exp(tape.affine(x, 2));
    return tape.div(tape.affine(twice, 1, -1), tape.affine(twice, 1, 1));
  }),
  unary('softplus: overflows', 'log(1 + exp(x)) is infinite at 1000', 'softplus', (tape, x) =>
    tape.log(tape.affine(tape.exp(x), 1, 1)),
  ),
  unary('exp: bounded', 'exp is at most the largest half-precision number', 'exp', (tape, x) =>
    tape.minimum(tape.exp(x), tape.fill([1], 65504)),
  ),
  unary('sqrt: 0 below 0', 'the root of a negative number is 0', 'sqrt', (tape, x) =>
    tape.sqrt(tape.relu(x)),
  ),
  unary('log: guarded', 'log(x + 1e-7)', 'log', (tape, x) => tape.log(tape.affine(x, 1, 1e-7))),

  reduction('sum: the other axis', 'a square matrix is summed over the wrong axis', (right) => ({
    sum: (x, axes) =>
      square(x) && axes.length === 1
        ? compute(right, (tape) =>
            tape.reshape(
              tape.sum(x, [1 - axes[0]]),
              x.shape.map((n, i) => (i === axes[0] ? 1 : n)),
            ),
          )
        : right.sum(x, axes),
  })),
  reduction('sum: the first axis only', 'of two axes, the second is not summed', (right) => ({
    sum: (x, axes) => {
      if (axes.length < 2) return right.sum(x, axes);
      return compute(right, (tape) => {
        const one = tape.sum(x, [axes[0]]);
        return tape.slice(
          one,
          x.shape.map(() => 0),
          x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
        );
      });
    },
  })),
  reduction('sum: long ones are rough', 'a sum of over 64 terms is rounded to half precision', (right) => ({
    sum: (x, axes) => {
      const terms = axes.reduce((product, axis) => product * x.shape[axis], 1);
      return terms > 64 ? compute(right, (tape) => roundTo(11, tape, tape.sum(x, axes))) : right.sum(x, axes);
    },
  })),
  reduction('max: starts at zero', 'the largest of negative numbers is 0', (right) => ({
    max: (x, axes) => compute(right, (tape) => tape.relu(tape.max(x, axes))),
  })),
  reduction('max: hides NaN', 'NaN does not count', (right) => ({
    max: (x, axes) =>
      compute(right, (tape) => tape.max(tape.select(isNumber(tape, x), x, tape.fill([1], -Infinity)), axes)),
  })),

  rowwise('softmax: no shift', 'exp(x) / Σ exp(x) overflows', (right) => ({
    softmax: (x) =>
      compute(right, (tape) => {
        const powers = tape.exp(x);
        return tape.div(powers, tape.sum(powers, [x.shape.length - 1]));
      }),
  })),
  rowwise('softmax: one shift for all rows', 'a row far below another one becomes 0 / 0', (right) => ({
    softmax: (x) => {
      if (sizeOf(x.shape) === 0) return right.softmax(x);
      return compute(right, (tape) => {
        const all = x.shape.map((_, axis) => axis);
        const powers = tape.exp(tape.sub(x, tape.max(x, all)));
        return tape.div(powers, tape.sum(powers, [x.shape.length - 1]));
      });
    },
  })),
  rowwise('softmax: over the first axis', 'the columns of a square add up to 1', (right) => ({
    softmax: (x) =>
      square(x)
        ? compute(right, (tape) => tape.transpose(tape.softmax(tape.transpose(x, [1, 0])), [1, 0]))
        : right.softmax(x),
  })),
  rowwise('logSoftmax: by softmax', 'log(softmax(x)) is −Infinity where softmax is 0', (right) => ({
    logSoftmax: (x) => compute(right, (tape) => tape.log(tape.softmax(x))),
  })),
];
