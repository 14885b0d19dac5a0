import { type Operations, sizeOf } from '@recurra/core/backend';
import { filler } from './filler.js';
import { loopBound } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

/**
 * The product of two matrices, or of two stacks with the same number of matrices: one launch, with one thread
 * for each element.
 */
export function matmul({ kernel, get, add, empty, outputOf }: Context): Pick<Operations, 'matmul'> {
  return {
    matmul(aTensor, bTensor, transposeA, transposeB) {
      const [a, b] = [get(aTensor), get(bTensor)];
      const [aRows, aColumns] = aTensor.shape.slice(-2);
      const [bRows, bColumns] = bTensor.shape.slice(-2);
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      const shape = [...aTensor.shape.slice(0, -2), m, n];
      if (sizeOf(shape) === 0) return empty(shape);
      if (k === 0) return add(filler(kernel)(outputOf(shape), 0), shape);

      // The strides of a row and of a column of each operand, as it is stored.
      const aStrides = transposeA ? [1, aColumns] : [aColumns, 1];
      const bStrides = transposeB ? [1, bColumns] : [bColumns, 1];
      const bound = loopBound(k);
      const stacked = aTensor.shape.length === 3;
      const launch = kernel(`matmul of ${stacked ? 'stacks, ' : ''}up to ${bound}`, () => ({
        // a [m, k] or [count, m, k], b [k, n] or [count, k, n] → [m, n] or [count, m, n]; sizes is [m, n, k].
        source: `function (a, b, sizes, aStrides, bStrides) {
          var i = ${FLAT};
          var row = quotient(i, sizes[1]);
          var column = i - row * sizes[1];
          var p = row * aStrides[0];
          var q = column * bStrides[1];
          ${stacked ? TO_MATRIX : ''}
          var sum = 0;
          for (var t = 0; t < ${bound}; t++) {
            if (t >= sizes[2]) { break; }
            sum = sum + a[p] * b[q];
            p = p + aStrides[1];
            q = q + bStrides[0];
          }
          return sum;
        }`,
        types: ['texture', 'texture', 'vector3', 'vector2', 'vector2'],
      }));
      return add(launch(outputOf(shape), a, b, [m, n, k], aStrides, bStrides), shape);
    },
  };
}

/** In a stack, `row` counts the rows of all matrices: moves p and q to the matrix that it belongs to. */
const TO_MATRIX = `
  var matrix = quotient(row, sizes[0]);
  p = matrix * sizes[0] * sizes[2] + (row - matrix * sizes[0]) * aStrides[0];
  q = q + matrix * sizes[2] * sizes[1];`;
