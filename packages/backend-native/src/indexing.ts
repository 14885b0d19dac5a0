import type { Operations, Tensor } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** Operations that read or write rows by index. */
export function indexing({ native, get, result }: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  const { shared, gather, scatterAdd } = native;

  const write = (x: Tensor, indices: Tensor, rows: number, width: number) => {
    shared[F.x] = get(x);
    shared[F.indices] = get(indices);
    shared[F.rows] = rows;
    shared[F.columns] = width;
  };

  return {
    gather(table, indices) {
      const [rows, width] = table.shape;
      write(table, indices, rows, width);
      gather();
      return result(F.y, [indices.shape[0], width]);
    },

    scatterAdd(indices, updates, rows) {
      const width = updates.shape[1];
      write(updates, indices, rows, width);
      scatterAdd();
      return result(F.y, [rows, width]);
    },
  };
}
