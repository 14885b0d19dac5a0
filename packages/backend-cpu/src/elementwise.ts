import type { Shape, Tensor } from '@recurra/core';
import {
  type BinaryOp,
  broadcastShape,
  type Operations,
  sameShape,
  sizeOf,
  type UnaryOp,
} from '@recurra/core/backend';
import { BINARY, UNARY } from './abi.generated.js';
import type { Context } from './memory.js';
import { broadcastStrides, copy, simplify, stridesOf } from './shape.js';

const UNARY_CODES: Record<UnaryOp, number> = UNARY;
const BINARY_CODES: Record<BinaryOp, number> = BINARY;

/** An array as a matrix, with its strides. A stride of 0 broadcasts a row or a column. */
interface Operand {
  readonly address: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Element-wise operations. */
export function elementwise(context: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  const { kernels, addressOf, create, scoped } = context;

  /**
   * Creates the result of an operation with broadcasting, and calls `run` with the operands and the result as matrices.
   * Nearly every broadcast can be expressed with two axes; otherwise the operands are first copied to the full shape.
   */
  const broadcast = (
    xs: readonly Tensor[],
    shape: Shape,
    run: (operands: readonly Operand[], y: number, rows: number, columns: number) => void,
  ) =>
    scoped((scratch) => {
      const y = create(shape);
      const size = sizeOf(shape);
      const { sizes, strides } = simplify(
        { sizes: shape, strides: xs.map((x) => broadcastStrides(x.shape, shape)) },
        2,
      );
      if (sizes.length === 2) {
        const operands = xs.map(
          (x, i): Operand => ({
            address: addressOf(x),
            rowStride: strides[i][0],
            columnStride: strides[i][1],
          }),
        );
        run(operands, addressOf(y), sizes[0], sizes[1]);
      } else {
        const operands = xs.map((x, i): Operand => {
          const full = scratch(size);
          copy(context, addressOf(x), full, { sizes, strides: [strides[i], stridesOf(sizes)] });
          return { address: full, rowStride: 0, columnStride: 1 };
        });
        run(operands, addressOf(y), 1, size);
      }
      return y;
    });

  return {
    unary(op, x) {
      const from = addressOf(x);
      const y = create(x.shape);
      kernels.unary(UNARY_CODES[op], from, addressOf(y), sizeOf(x.shape));
      return y;
    },

    affine(x, scale, shift) {
      const from = addressOf(x);
      const y = create(x.shape);
      kernels.affine(from, scale, shift, addressOf(y), sizeOf(x.shape));
      return y;
    },

    binary(op, a, b) {
      const code = BINARY_CODES[op];
      if (sameShape(a.shape, b.shape)) {
        const [left, right] = [addressOf(a), addressOf(b)];
        const y = create(a.shape);
        kernels.binary(code, left, 0, 1, right, 0, 1, addressOf(y), 1, sizeOf(a.shape));
        return y;
      }
      if (sizeOf(b.shape) === 1 && b.shape.length <= a.shape.length) {
        const [left, right] = [addressOf(a), addressOf(b)];
        const y = create(a.shape);
        kernels.binary(code, left, 0, 1, right, 0, 0, addressOf(y), 1, sizeOf(a.shape));
        return y;
      }
      return broadcast([a, b], commonShape(a.shape, b.shape), ([a, b], y, rows, columns) => {
        kernels.binary(
          code,
          a.address,
          a.rowStride,
          a.columnStride,
          b.address,
          b.rowStride,
          b.columnStride,
          y,
          rows,
          columns,
        );
      });
    },

    select: (condition, a, b) =>
      broadcast(
        [condition, a, b],
        commonShape(condition.shape, commonShape(a.shape, b.shape)),
        ([c, a, b], y, rows, columns) => {
          kernels.select(
            c.address,
            c.rowStride,
            c.columnStride,
            a.address,
            a.rowStride,
            a.columnStride,
            b.address,
            b.rowStride,
            b.columnStride,
            y,
            rows,
            columns,
          );
        },
      ),
  };
}

/** The shape that two shapes broadcast to. Core has checked that they do. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
