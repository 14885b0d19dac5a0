import type { Operations } from '@recurra/core/backend';
import { type Context, zeros } from './memory.js';

/** The product of two matrices, or of two stacks with the same number of matrices. */
export function matmul({ get, add }: Context): Pick<Operations, 'matmul'> {
  return {
    matmul(aTensor, bTensor, transposeA, transposeB) {
      const [a, b] = [get(aTensor), get(bTensor)];
      const leading = aTensor.shape.slice(0, -2);
      const count = leading[0] ?? 1;
      const [aRows, aColumns] = aTensor.shape.slice(-2);
      const [bRows, bColumns] = bTensor.shape.slice(-2);
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      // The strides of a row and of a column of each operand, as it is stored.
      const [aDown, aRight] = transposeA ? [1, aColumns] : [aColumns, 1];
      const [bDown, bRight] = transposeB ? [1, bColumns] : [bColumns, 1];

      const y = zeros(Float64Array, count * m * n);
      for (let matrix = 0; matrix < count; matrix++) {
        const [aStart, bStart, yStart] = [matrix * m * k, matrix * k * n, matrix * m * n];
        for (let row = 0; row < m; row++) {
          for (let inner = 0; inner < k; inner++) {
            const factor = a[aStart + row * aDown + inner * aRight];
            for (let column = 0; column < n; column++) {
              y[yStart + row * n + column] += factor * b[bStart + inner * bDown + column * bRight];
            }
          }
        }
      }
      return add(y, [...leading, m, n]);
    },
  };
}
