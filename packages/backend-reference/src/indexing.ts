import { DataError } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import { type Context, zeros } from './memory.js';

/** Operations that read or write rows by index. */
export function indexing({ get, add }: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    gather(tableTensor, indexTensor) {
      const [table, indices] = [get(tableTensor), get(indexTensor)];
      const [rows, width] = tableTensor.shape;
      const y = zeros(Float64Array, indices.length * width);
      indices.forEach((index, i) => {
        checkIndex(index, rows);
        for (let column = 0; column < width; column++) y[i * width + column] = table[index * width + column];
      });
      return add(y, [indices.length, width]);
    },

    scatterAdd(indexTensor, updateTensor, rows) {
      const [indices, updates] = [get(indexTensor), get(updateTensor)];
      const width = updateTensor.shape[1];
      const y = zeros(Float64Array, rows * width);
      indices.forEach((index, i) => {
        checkIndex(index, rows);
        for (let column = 0; column < width; column++)
          y[index * width + column] += updates[i * width + column];
      });
      return add(y, [rows, width]);
    },
  };
}

/**
 * Core checks users' data before this point. Without this check, a wrong index in an array would go
 * unnoticed.
 */
function checkIndex(index: number, rows: number): void {
  if (Number.isInteger(index) && index >= 0 && index < rows) return;
  throw new DataError(
    `reference: an index of ${rows} rows must be a whole number from 0 to ${rows - 1}, not ${index}`,
  );
}
