import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** The product of two matrices, or of two stacks with the same number of matrices. */
export function matmul({ native, get, add }: Context): Pick<Operations, 'matmul'> {
  return {
    matmul(a, b, transposeA, transposeB) {
      const rank = a.shape.length;
      const leading = a.shape.slice(0, rank - 2);
      const [aRows, aColumns] = [a.shape[rank - 2], a.shape[rank - 1]];
      const [bRows, bColumns] = [b.shape[rank - 2], b.shape[rank - 1]];
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      const count = leading.length > 0 ? leading[0] : 1;
      return add(native.matmul(get(a), get(b), transposeA, transposeB, count, m, n, k), [...leading, m, n]);
    },
  };
}
