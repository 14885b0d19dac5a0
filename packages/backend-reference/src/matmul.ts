import type { Operations } from '@recurra/core';
import { type Arrays, zeros } from './memory.js';

/** The matrix product. */
export function matmul({ get, add }: Arrays): Pick<Operations, 'matmul'> {
  return {
    matmul(aTensor, bTensor, transposeA, transposeB) {
      const [a, b] = [get(aTensor), get(bTensor)];
      const [aRows, aColumns] = aTensor.shape;
      const [bRows, bColumns] = bTensor.shape;
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      // How far it is to the next row and to the next column of each operand, as it is stored.
      const [aDown, aRight] = transposeA ? [1, aColumns] : [aColumns, 1];
      const [bDown, bRight] = transposeB ? [1, bColumns] : [bColumns, 1];

      const y = zeros(Float64Array, m * n);
      for (let row = 0; row < m; row++) {
        for (let inner = 0; inner < k; inner++) {
          const factor = a[row * aDown + inner * aRight];
          for (let column = 0; column < n; column++) {
            y[row * n + column] += factor * b[inner * bDown + column * bRight];
          }
        }
      }
      return add(y, [m, n]);
    },
  };
}
