import type { Shape } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { loopBound } from './kernels.js';
import { filler } from './shape.js';
import { FLAT } from './strides.js';
import type { Arrays } from './textures.js';

/** Operations that find rows by their numbers. */
export function indexing({
  kernel,
  get,
  add,
  empty,
  outputOf,
}: Arrays): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    gather(table, indices) {
      const [from, numbers] = [get(table), get(indices)];
      const width = table.shape[1];
      const shape: Shape = [indices.shape[0], width];
      if (sizeOf(shape) === 0) return empty(shape);
      const launch = kernel('gather', () => ({
        source: `function (table, indices, width) {
          var i = ${FLAT};
          var row = quotient(i, width);
          return table[indices[row] * width + i - row * width];
        }`,
        types: ['texture', 'texture', 'number'],
      }));
      return add(launch(outputOf(shape), from, numbers, width), shape);
    },

    /** A shader cannot write where it likes: each element of the result looks for what is added to it. */
    scatterAdd(indices, updates, rows) {
      const [numbers, values] = [get(indices), get(updates)];
      const [count, width] = updates.shape;
      const shape: Shape = [rows, width];
      if (sizeOf(shape) === 0) return empty(shape);
      if (count === 0) return add(filler(kernel)(outputOf(shape), 0), shape);
      const bound = loopBound(count);
      const launch = kernel(`scatterAdd of up to ${bound}`, () => ({
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
      return add(launch(outputOf(shape), numbers, values, count, width), shape);
    },
  };
}
