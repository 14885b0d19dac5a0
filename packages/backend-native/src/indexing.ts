import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Operations that read or write rows by index. */
export function indexing({ native, get, add }: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    gather(table, indices) {
      const [rows, width] = table.shape;
      return add(native.gather(get(table), get(indices), rows, width), [indices.shape[0], width]);
    },

    scatterAdd(indices, updates, rows) {
      const width = updates.shape[1];
      return add(native.scatterAdd(get(indices), get(updates), rows, width), [rows, width]);
    },
  };
}
