import type { Shape } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { filler } from './filler.js';
import { loopBound } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

/** Operations that read or write rows by index. */
export function indexing({
  kernel,
  get,
  add,
  empty,
  outputOf,
}: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    gather(table, indices) {
      const [rows, rowIndices] = [get(table), get(indices)];
      const width = table.shape[1];
      const shape: Shape = [indices.shape[0], width];
      if (sizeOf(shape) === 0) return empty(shape);
      const launch = kernel('gather', () => ({
        // table [n, width], indices [m] → [m, width]
        source: `function (table, indices, width) {
          var i = ${FLAT};
          var row = quotient(i, width);
          return table[indices[row] * width + i - row * width];
        }`,
        types: ['texture', 'texture', 'number'],
      }));
      return add(launch(outputOf(shape), rows, rowIndices, width), shape);
    },

    /** A shader cannot choose its output index, so each element of the result searches for its updates. */
    scatterAdd(indices, updates, rows) {
      const [rowIndices, values] = [get(indices), get(updates)];
      const [count, width] = updates.shape;
      const shape: Shape = [rows, width];
      if (sizeOf(shape) === 0) return empty(shape);
      if (count === 0) return add(filler(kernel)(outputOf(shape), 0), shape);
      const bound = loopBound(count);
      const launch = kernel(`scatterAdd of up to ${bound}`, () => ({
        // indices [count], updates [count, width] → [rows, width]
        source: `function (indices, updates, count, width) {
          var i = ${FLAT};
          var row = quotient(i, width);
          var column = i - row * width;
          var sum = 0;
          for (var t = 0; t < ${bound}; t++) {
            if (t >= count) { break; }
            if (indices[t] === row) { sum = sum + updates[t * width + column]; }
          }
          return sum;
        }`,
        types: ['texture', 'texture', 'number', 'number'],
      }));
      return add(launch(outputOf(shape), rowIndices, values, count, width), shape);
    },
  };
}
