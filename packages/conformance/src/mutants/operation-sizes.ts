/*
 * Operations that are wrong above some size, for example because a thread grid or a 16-bit index overflows.
 */
import type { Backend, Tape, Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { firstOnly, zeros } from './kernels.js';
import { compute, type Mutant, mutant, roundTo } from './mutant.js';

/** The largest 16-bit number, which is also WebGPU's default limit of workgroups along one axis. */
const MOST = 65_535;

/** x, zero from its element `limit` on in row-major order. */
function firstElements(tape: Tape, x: Tensor, limit = MOST): Tensor {
  const size = sizeOf(x.shape);
  return tape.reshape(firstOnly(tape, tape.reshape(x, [size]), 0, limit), x.shape);
}

const large = (name: string, what: string, change: (right: Backend) => Partial<Backend>): Mutant =>
  mutant(name, what, 'operations/large', change);

/** An operation whose result is zero past the first {@link MOST} elements. */
const cutOff = (
  name: string,
  change: (right: Backend, cut: (y: Tensor) => Tensor) => Partial<Backend>,
): Mutant =>
  large(`${name}: ${MOST} elements`, 'elements of the result past the limit are zero', (right) =>
    change(right, (y) =>
      sizeOf(y.shape) > MOST ? compute(right, (tape) => firstElements(tape, tape.own(y))) : y,
    ),
  );

/** A product that leaves out the terms past `limit`. */
function termsUpTo(right: Backend, limit: number): Backend['matmul'] {
  return (a, b, transposeA, transposeB) => {
    const axis = transposeA ? 0 : 1;
    if (a.shape[axis] <= limit) return right.matmul(a, b, transposeA, transposeB);
    return compute(right, (tape) =>
      tape.matmul(firstOnly(tape, a, axis, limit), b, { transposeA, transposeB }),
    );
  };
}

const products: Mutant[] = [
  large('matmul: 512 terms', 'terms past the first 512 are left out', (right) => ({
    matmul: termsUpTo(right, 512),
  })),
  large(
    'matmul: 256 terms of a transposed product',
    'of aᵀ · b, terms past the first 256 are left out',
    (right) => ({
      matmul: (a, b, transposeA, transposeB) =>
        (transposeA ? termsUpTo(right, 256) : right.matmul)(a, b, transposeA, transposeB),
    }),
  ),
  large('matmul: half precision from 300 terms on', 'the result is rounded to 11 bits', (right) => ({
    matmul: (a, b, transposeA, transposeB) =>
      compute(right, (tape) => {
        const y = tape.matmul(a, b, { transposeA, transposeB });
        return a.shape[transposeA ? 0 : 1] >= 300 ? roundTo(11, tape, y) : y;
      }),
  })),
  large('matmul: 256 rows', 'rows of the result past the limit are zero', (right) => ({
    matmul: (a, b, transposeA, transposeB) =>
      compute(right, (tape) => firstOnly(tape, tape.matmul(a, b, { transposeA, transposeB }), 0, 256)),
  })),
  large('matmul: 288 columns', 'columns of the result past the limit are zero', (right) => ({
    matmul: (a, b, transposeA, transposeB) =>
      compute(right, (tape) => firstOnly(tape, tape.matmul(a, b, { transposeA, transposeB }), 1, 288)),
  })),
];

const elements: Mutant[] = [
  cutOff('unary', (right, cut) => ({ unary: (...args) => cut(right.unary(...args)) })),
  cutOff('binary', (right, cut) => ({ binary: (...args) => cut(right.binary(...args)) })),
  cutOff('select', (right, cut) => ({ select: (...args) => cut(right.select(...args)) })),
  cutOff('softmax', (right, cut) => ({ softmax: (x) => cut(right.softmax(x)) })),
  cutOff('logSoftmax', (right, cut) => ({ logSoftmax: (x) => cut(right.logSoftmax(x)) })),
  cutOff('transpose', (right, cut) => ({ transpose: (...args) => cut(right.transpose(...args)) })),
  cutOff('slice', (right, cut) => ({ slice: (...args) => cut(right.slice(...args)) })),
  cutOff('gather', (right, cut) => ({ gather: (...args) => cut(right.gather(...args)) })),
  large(
    'binary: broadcast to 65536 elements',
    'the smaller operand is not repeated past the limit',
    (right) => ({
      binary(op, a, b) {
        const y = right.binary(op, a, b);
        if (sizeOf(y.shape) <= MOST || sizeOf(a.shape) === sizeOf(b.shape)) return y;
        return compute(right, (tape) => firstElements(tape, tape.own(y), MOST + 1));
      },
    }),
  ),
];

const reductions: Mutant[] = [
  large('sum: 16384 terms', 'terms of an axis past the limit are left out', (right) => ({
    sum: (x, axes) =>
      compute(right, (tape) =>
        tape.sum(
          axes.reduce((part, axis) => firstOnly(tape, part, axis, 16_384), x),
          axes,
        ),
      ),
  })),
  ...(['softmax', 'logSoftmax'] as const).map((op) =>
    large(`${op}: 256 columns`, 'the sum of a row’s exponentials has only the first columns', (right) => ({
      [op]: (x: Tensor) => {
        const axis = x.shape.length - 1;
        if (x.shape[axis] <= 256) return right[op](x);
        return compute(right, (tape) => {
          const shifted = tape.sub(x, tape.max(x, [axis]));
          const sum = tape.sum(firstOnly(tape, tape.exp(shifted), axis, 256), [axis]);
          return op === 'softmax' ? tape.div(tape.exp(shifted), sum) : tape.sub(shifted, tape.log(sum));
        });
      },
    })),
  ),
  large('scatterAdd: 1024 updates', 'updates past the limit are not added', (right) => ({
    scatterAdd(indices, updates, rows) {
      const [count, width] = updates.shape;
      if (count <= 1024) return right.scatterAdd(indices, updates, rows);
      return compute(right, (tape) =>
        tape.scatterAdd(tape.slice(indices, [0], [1024]), tape.slice(updates, [0, 0], [1024, width]), rows),
      );
    },
  })),
  large('concat: 64 parts', 'parts past the limit are zero', (right) => ({
    concat: (xs, axis) =>
      xs.length <= 64
        ? right.concat(xs, axis)
        : compute(right, (tape) =>
            tape.concat(
              xs.map((x, i) => (i < 64 ? x : zeros(tape, x))),
              axis,
            ),
          ),
  })),
];

export const operationSizes: Mutant[] = [...products, ...elements, ...reductions];
