import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';
import { missing } from './missing.js';

export function reduce(arrays: Arrays): Pick<Operations, 'sum' | 'max'> {
  return {
    // Over any of the axes, in any order; they stay as dimensions of 1: [3, 4] over [1] is [3, 1].
    // Walk x once, and the result with broadcastStrides(its shape, x.shape). A sum over nothing is 0.
    sum: (x, axes) => missing(arrays, 'sum', { x, axes }),

    // As sum, but it starts at −Infinity, not at 0.
    // NaN wins: Math.max passes it on, and `value > largest ? value : largest` does not.
    max: (x, axes) => missing(arrays, 'max', { x, axes }),
  };
}
