import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { missing } from './missing.js';

export function indexing(context: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    // Row i of the result is row indices[i] of the table.
    // The indices are whole numbers from 0 to n − 1, stored as floats.
    gather: (table, indices) => missing(context, 'gather', { table, indices }),

    // Starts from zeros [rows, f]; row i of updates is added to row indices[i].
    // The same index may occur several times, and every row must be added: take care on parallel hardware.
    scatterAdd: (indices, updates, rows) => missing(context, 'scatterAdd', { indices, updates, rows }),
  };
}
