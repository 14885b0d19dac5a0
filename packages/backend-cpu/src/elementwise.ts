import {
  type BinaryOp,
  broadcastShape,
  type Operations,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
  type UnaryOp,
} from '@recurra/core';
import type { Arrays } from './memory.js';
import { broadcastStrides, copy, simplify, stridesOf } from './shape.js';

// The kernels know an operation by its place here.
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
const BINARY: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'];

/** An array that is walked through row by row: where it is, how far apart its rows are, and its columns. */
interface Operand {
  readonly address: number;
  readonly row: number;
  readonly step: number;
}

/** Operations that compute each element from those at the same place. */
export function elementwise(arrays: Arrays): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  const { kernels, at, create, work } = arrays;

  /**
   * Creates the result and hands it to `run` as rows and columns, with the operands that go with them. Nearly every
   * broadcast is that simple; where it is not, the operands are first written out.
   */
  const broadcast = (
    xs: readonly Tensor[],
    shape: Shape,
    run: (operands: readonly Operand[], y: number, rows: number, columns: number) => void,
  ) =>
    work((scratch) => {
      const y = create(shape);
      const size = sizeOf(shape);
      const { sizes, strides } = simplify(
        { sizes: shape, strides: xs.map((x) => broadcastStrides(x.shape, shape)) },
        2,
      );
      if (sizes.length === 2) {
        const operands = xs.map(
          (x, i): Operand => ({ address: at(x), row: strides[i][0], step: strides[i][1] }),
        );
        run(operands, at(y), sizes[0], sizes[1]);
      } else {
        const operands = xs.map((x, i): Operand => {
          const whole = scratch(size);
          copy(arrays, at(x), whole, { sizes, strides: [strides[i], stridesOf(sizes)] });
          return { address: whole, row: 0, step: 1 };
        });
        run(operands, at(y), 1, size);
      }
      return y;
    });

  return {
    unary(op, x) {
      const from = at(x);
      const y = create(x.shape);
      kernels.unary(UNARY.indexOf(op), from, at(y), sizeOf(x.shape));
      return y;
    },

    affine(x, scale, shift) {
      const from = at(x);
      const y = create(x.shape);
      kernels.affine(from, scale, shift, at(y), sizeOf(x.shape));
      return y;
    },

    binary(op, a, b) {
      const code = BINARY.indexOf(op);
      if (sameShape(a.shape, b.shape)) {
        const [left, right] = [at(a), at(b)];
        const y = create(a.shape);
        kernels.binary(code, left, 0, 1, right, 0, 1, at(y), 1, sizeOf(a.shape));
        return y;
      }
      return broadcast([a, b], commonShape(a.shape, b.shape), ([a, b], y, rows, columns) => {
        kernels.binary(code, a.address, a.row, a.step, b.address, b.row, b.step, y, rows, columns);
      });
    },

    select: (condition, a, b) =>
      broadcast(
        [condition, a, b],
        commonShape(condition.shape, commonShape(a.shape, b.shape)),
        ([c, a, b], y, rows, columns) => {
          const condition = [c.address, c.row, c.step] as const;
          kernels.select(...condition, a.address, a.row, a.step, b.address, b.row, b.step, y, rows, columns);
        },
      ),
  };
}

/** Core has checked that the shapes broadcast. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
