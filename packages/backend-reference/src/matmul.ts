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
          const aRow = aStart + row * aDown;
          const [rowStart, rowEnd] = [yStart + row * n, yStart + (row + 1) * n];
          let inner = 0;
          // Four products at a time, added in the same order, so that y is read and written a quarter as often.
          for (; inner + 4 <= k; inner += 4) {
            const at = aRow + inner * aRight;
            const [f0, f1, f2, f3] = [a[at], a[at + aRight], a[at + 2 * aRight], a[at + 3 * aRight]];
            let from = bStart + inner * bDown;
            for (let to = rowStart; to < rowEnd; to++) {
              y[to] =
                y[to] +
                f0 * b[from] +
                f1 * b[from + bDown] +
                f2 * b[from + 2 * bDown] +
                f3 * b[from + 3 * bDown];
              from += bRight;
            }
          }
          for (; inner < k; inner++) {
            const factor = a[aRow + inner * aRight];
            let from = bStart + inner * bDown;
            for (let to = rowStart; to < rowEnd; to++) {
              y[to] += factor * b[from];
              from += bRight;
            }
          }
        }
      }
      return add(y, [...leading, m, n]);
    },
  };
}
