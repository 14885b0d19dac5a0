import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { missing } from './missing.js';

export function reduce(context: Context): Pick<Operations, 'sum' | 'max'> {
  return {
    // Over one or more axes, in any order; each becomes a dimension of 1: [3, 4] over [1] is [3, 1].
    // Loop over x once, and find the result's element with broadcastStrides(its shape, x.shape). An empty sum is 0.
    sum: (x, axes) => missing(context, 'sum', { x, axes }),

    // As sum, but starting from −Infinity.
    // If any element is NaN, so is the result: Math.max does that, `value > largest ? value : largest` does not.
    max: (x, axes) => missing(context, 'max', { x, axes }),
  };
}
