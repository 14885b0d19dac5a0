import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';
import { missing } from './missing.js';

export function indexing(arrays: Arrays): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    // Row i of the result is row indices[i] of the table.
    // The indices are whole numbers from 0 to n − 1, held as floats.
    gather: (table, indices) => missing(arrays, 'gather', { table, indices }),

    // Starts from zeros [rows, f]; row i of updates is added to row indices[i].
    // An index that comes twice adds twice: on parallel hardware this is the one to take care of.
    scatterAdd: (indices, updates, rows) => missing(arrays, 'scatterAdd', { indices, updates, rows }),
  };
}
