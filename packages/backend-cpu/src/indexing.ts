import { DataError, type Operations } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Operations that find rows by their numbers. */
export function indexing({ kernels, at, create, work }: Arrays): Pick<Operations, 'gather' | 'scatterAdd'> {
  /** The kernels tell the place of an index that names no row, or -1. */
  const check = (place: number, rows: number) => {
    if (place < 0) return;
    throw new DataError(
      `cpu: index number ${place} names none of ${rows} rows; expected a whole number from 0 to ${rows - 1}`,
    );
  };

  return {
    gather: (table, indices) =>
      work(() => {
        const [rows, width] = table.shape;
        const count = indices.shape[0];
        const y = create([count, width]);
        check(kernels.gather(at(table), at(indices), at(y), rows, width, count), rows);
        return y;
      }),

    scatterAdd: (indices, updates, rows) =>
      work(() => {
        const [count, width] = updates.shape;
        const y = create([rows, width]);
        kernels.fill(at(y), 0, rows * width);
        check(kernels.scatterAdd(at(indices), at(updates), at(y), rows, width, count), rows);
        return y;
      }),
  };
}
