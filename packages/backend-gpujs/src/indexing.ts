import type { Shape } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { filler } from './filler.js';
import type { Context } from './memory.js';
import { scatter } from './scatter.js';
import { FLAT } from './strides.js';

/** Operations that read or write rows by index. */
export function indexing(context: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  const { kernel, get, add, empty, outputOf } = context;
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

    scatterAdd(indices, updates, rows) {
      const [rowIndices, values] = [get(indices), get(updates)];
      const [count, width] = updates.shape;
      const shape: Shape = [rows, width];
      if (sizeOf(shape) === 0) return empty(shape);
      if (count === 0) return add(filler(kernel)(outputOf(shape), 0), shape);
      return add(scatter(context, { indices: rowIndices, updates: values, count, width, rows }), shape);
    },
  };
}
