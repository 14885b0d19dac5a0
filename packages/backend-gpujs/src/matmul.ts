import type { Shape } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { loopBound } from './kernels.js';
import { filler } from './shape.js';
import { FLAT } from './strides.js';
import type { Arrays } from './textures.js';

/** The matrix product: a thread an element, which walks down the inner dimension of both operands. */
export function matmul({ kernel, get, add, empty, outputOf }: Arrays): Pick<Operations, 'matmul'> {
  return {
    matmul(aTensor, bTensor, transposeA, transposeB) {
      const [a, b] = [get(aTensor), get(bTensor)];
      const [aRows, aColumns] = aTensor.shape;
      const [bRows, bColumns] = bTensor.shape;
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      const shape: Shape = [m, n];
      if (sizeOf(shape) === 0) return empty(shape);
      if (k === 0) return add(filler(kernel)(outputOf(shape), 0), shape);

      // How far it is to the next row and to the next column of each operand, as it is stored.
      const aSteps = transposeA ? [1, aColumns] : [aColumns, 1];
      const bSteps = transposeB ? [1, bColumns] : [bColumns, 1];
      const bound = loopBound(k);
      const launch = kernel(`matmul of up to ${bound}`, () => ({
        source: `function (a, b, n, k, aSteps, bSteps) {
          var i = ${FLAT};
          var row = quotient(i, n);
          var p = row * aSteps[0];
          var q = (i - row * n) * bSteps[1];
          var sum = 0;
          for (var t = 0; t < ${bound}; t++) {
            if (t >= k) { break; }
            sum = sum + a[p] * b[q];
            p = p + aSteps[1];
            q = q + bSteps[0];
          }
          return sum;
        }`,
        types: ['texture', 'texture', 'number', 'number', 'vector2', 'vector2'],
      }));
      return add(launch(outputOf(shape), a, b, n, k, aSteps, bSteps), shape);
    },
  };
}
