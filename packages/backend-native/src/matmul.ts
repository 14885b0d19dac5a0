import type { Operations } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** The product of two matrices, or of two stacks with the same number of matrices. */
export function matmul({ native, get, result }: Context): Pick<Operations, 'matmul'> {
  const { shared, matmul } = native;
  return {
    matmul(a, b, transposeA, transposeB) {
      const rank = a.shape.length;
      const leading = a.shape.slice(0, rank - 2);
      const [aRows, aColumns] = [a.shape[rank - 2], a.shape[rank - 1]];
      const [bRows, bColumns] = [b.shape[rank - 2], b.shape[rank - 1]];
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      shared[F.a] = get(a);
      shared[F.b] = get(b);
      shared[F.transposeA] = Number(transposeA);
      shared[F.transposeB] = Number(transposeB);
      shared[F.count] = leading.length > 0 ? leading[0] : 1;
      shared[F.m] = m;
      shared[F.n] = n;
      shared[F.k] = k;
      matmul();
      return result(F.y, [...leading, m, n]);
    },
  };
}
