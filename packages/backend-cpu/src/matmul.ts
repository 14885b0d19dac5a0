import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Where a matrix lies: its rows, as they are stored, are `row` elements apart. */
export interface Matrix {
  readonly address: number;
  readonly row: number;
  readonly transposed?: boolean;
}

/** The matrix product. */
export function matmul(arrays: Arrays): Pick<Operations, 'matmul'> {
  const { at, create } = arrays;
  return {
    matmul(a, b, transposeA, transposeB) {
      const [aRows, aColumns] = a.shape;
      const [bRows, bColumns] = b.shape;
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      const left = { address: at(a), row: aColumns, transposed: transposeA };
      const right = { address: at(b), row: bColumns, transposed: transposeB };
      const c = create([m, n]);
      product(arrays, left, right, { address: at(c), row: n }, [m, n, k]);
      return c;
    },
  };
}

/** C [m, n] = A [m, k] · B [k, n], or C + A · B. */
export function product(
  { kernels, workspace }: Arrays,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  [m, n, k]: readonly [m: number, n: number, k: number],
  accumulate = false,
): void {
  kernels.matmul(
    a.address,
    a.row,
    a.transposed === true,
    b.address,
    b.row,
    b.transposed === true,
    c.address,
    c.row,
    m,
    n,
    k,
    accumulate,
    workspace,
  );
}
