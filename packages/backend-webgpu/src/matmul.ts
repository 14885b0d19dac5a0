import type { Operations } from '@recurra/core/backend';
import { multiply } from './fused/product.js';
import type { Arrays } from './memory.js';

/** The matrix product. */
export function matmul(arrays: Arrays): Pick<Operations, 'matmul'> {
  return {
    matmul: (a, b, transposeA, transposeB) =>
      arrays.work(() => {
        const [m, k] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
        const n = transposeB ? b.shape[0] : b.shape[1];
        const c = arrays.create([m, n]);
        multiply(arrays, {
          c: { tensor: c, row: n },
          a: { tensor: a, row: a.shape[1], transposed: transposeA },
          b: { tensor: b, row: b.shape[1], transposed: transposeB },
          size: [m, n, k],
        });
        return c;
      }),
  };
}
