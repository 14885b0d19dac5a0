import type { Operations } from '@recurra/core';
import type { Context } from './memory.js';

/** A matrix in memory, with the stride of its rows as they are stored. */
export interface Matrix {
  readonly address: number;
  readonly rowStride: number;
  readonly transposed?: boolean;
}

/** The matrix product. */
export function matmul(context: Context): Pick<Operations, 'matmul'> {
  const { addressOf, create } = context;
  return {
    matmul(a, b, transposeA, transposeB) {
      const [aRows, aColumns] = a.shape;
      const [bRows, bColumns] = b.shape;
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      const left = { address: addressOf(a), rowStride: aColumns, transposed: transposeA };
      const right = { address: addressOf(b), rowStride: bColumns, transposed: transposeB };
      const c = create([m, n]);
      product(context, left, right, { address: addressOf(c), rowStride: n }, [m, n, k]);
      return c;
    },
  };
}

/** C [m, n] = A [m, k] · B [k, n], or C + A · B. */
export function product(
  { kernels, workspace }: Context,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  [m, n, k]: readonly [m: number, n: number, k: number],
  accumulate = false,
): void {
  kernels.matmul(
    a.address,
    a.rowStride,
    a.transposed === true,
    b.address,
    b.rowStride,
    b.transposed === true,
    c.address,
    c.rowStride,
    m,
    n,
    k,
    accumulate,
    workspace,
  );
}
