import { DataError } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Operations that read or write rows by index. */
export function indexing({
  kernels,
  addressOf,
  create,
  scoped,
}: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  /** Throws if a kernel returned the position of an invalid index, which is -1 if all are valid. */
  const check = (position: number, rows: number) => {
    if (position < 0) return;
    throw new DataError(
      `cpu: index number ${position} names none of ${rows} rows; expected a whole number from 0 to ${rows - 1}`,
    );
  };

  return {
    gather: (table, indices) =>
      scoped(() => {
        const [rows, width] = table.shape;
        const count = indices.shape[0];
        const y = create([count, width]);
        check(kernels.gather(addressOf(table), addressOf(indices), addressOf(y), rows, width, count), rows);
        return y;
      }),

    scatterAdd: (indices, updates, rows) =>
      scoped(() => {
        const [count, width] = updates.shape;
        const y = create([rows, width]);
        kernels.fill(addressOf(y), 0, rows * width);
        check(
          kernels.scatterAdd(addressOf(indices), addressOf(updates), addressOf(y), rows, width, count),
          rows,
        );
        return y;
      }),
  };
}
