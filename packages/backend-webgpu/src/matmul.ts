import type { Tensor } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { type ProductForm, productCode } from './product-code.js';
import { MAX_WORKGROUPS } from './wgsl.js';

/** A matrix in a tensor, as it is stored. */
export interface Matrix {
  readonly tensor: Tensor;
  /** Elements from the start of one stored row to the start of the next. */
  readonly rowStride: number;
  /** Elements from the start of one matrix of a stack to the start of the next. Default 0. */
  readonly stride?: number;
  /** The index of the first element in the tensor. Default 0. */
  readonly offset?: number;
  /** The transpose is stored. Default false. */
  readonly transposed?: boolean;
}

export interface Product {
  /** [m, n], written. */
  readonly c: Matrix;
  /** [m, k] */
  readonly a: Matrix;
  /** [k, n] */
  readonly b: Matrix;
  /** [n], added to each row. */
  readonly bias?: Tensor;
  /** WGSL of a function of each element y of the result, applied after the bias. Default: y itself. */
  readonly activation?: string;
  readonly size: readonly [m: number, n: number, k: number];
  /** The number of matrices in each operand. Default 1. */
  readonly matrices?: number;
}

/** The product of two matrices, or of two stacks with the same number of matrices. */
export function matmul(context: Context): Pick<Operations, 'matmul'> {
  return {
    matmul: (a, b, transposeA, transposeB) =>
      context.scoped(() => {
        const rank = a.shape.length;
        const leading = a.shape.slice(0, rank - 2);
        const [aRows, aColumns] = a.shape.slice(rank - 2);
        const [bRows, bColumns] = b.shape.slice(rank - 2);
        const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
        const n = transposeB ? bRows : bColumns;
        const c = context.create([...leading, m, n]);
        const matrices = leading.length > 0 ? leading[0] : 1;
        // One dispatch is enough, unless there are more matrices than the limit of workgroups along an axis.
        for (let first = 0; first < matrices; first += MAX_WORKGROUPS) {
          const stack = (tensor: Tensor, rowStride: number, stride: number, transposed = false): Matrix => ({
            ...{ tensor, rowStride, stride, transposed },
            offset: first * stride,
          });
          product(context, {
            c: stack(c, n, m * n),
            a: stack(a, aColumns, m * k, transposeA),
            b: stack(b, bColumns, k * n, transposeB),
            size: [m, n, k],
            matrices: Math.min(matrices - first, MAX_WORKGROUPS),
          });
        }
        return c;
      }),
  };
}

/**
 * With at least this many rows, a software adapter computes larger tiles: loads are slow there, and a larger tile has fewer for
 * each multiplication. With fewer rows, compiling such a kernel takes longer than it saves.
 */
const MANY_ROWS = 1024;

/**
 * c [m, n] = activation(a [m, k] · b [k, n] (+ bias [n])), for each matrix of a stack.
 *
 * Each invocation computes a tile of the result in registers, and loops over k in blocks of 4. There is no
 * workgroup memory and no barrier, because both are slow on a software adapter: it is 5 to 10 times as fast there as tfjs's
 * product. The order of additions is fixed, so the same product has the same bits.
 */
export function product(
  { dispatch, software }: Context,
  { c, a, b, bias, activation = 'y', size: [m, n, k], matrices = 1 }: Product,
): void {
  const transposeA = a.transposed ?? false;
  const [vectorsA, vectorsB] = [isAligned(a), isAligned(b)];
  const large = software && m >= MANY_ROWS && n > 32 && vectorsA && vectorsB && !transposeA;
  const form: ProductForm = {
    ...{ transposeA, transposeB: b.transposed ?? false, vectorsA, vectorsB },
    vectorsC: isAligned(c) && n % 4 === 0,
    bias: bias !== undefined,
    activation,
    ...(large ? { rows: 16, columns: 8 } : { rows: software && m > 4 ? 8 : 4, columns: 4 }),
  };
  const layout = [a, b, c].flatMap(({ rowStride, stride = 0, offset = 0 }) => [rowStride, stride, offset]);
  dispatch({
    program: { key: `product ${Object.values(form).join(' ')}`, code: () => productCode(form) },
    buffers: [c.tensor, a.tensor, b.tensor, ...(bias ? [bias] : [])],
    uniforms: { u32: [m, n, k, ...layout] },
    workgroups: [Math.ceil(n / (8 * form.columns)), Math.ceil(m / (8 * form.rows)), matrices],
  });
}

/** True if each stored row starts at a multiple of 4 elements, so that it can be loaded as vectors. */
function isAligned({ rowStride, stride = 0, offset = 0 }: Matrix): boolean {
  return rowStride % 4 === 0 && stride % 4 === 0 && offset % 4 === 0;
}
