import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';
import { missing } from './missing.js';

type Names = 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill';

export function shape(arrays: Arrays): Pick<Operations, Names> {
  return {
    // A new handle for the same storage: arrays.share(x, shape).
    // Either handle may be freed first; TensorStore keeps the storage until both are.
    reshape: (x, shape) => missing(arrays, 'reshape', { x, shape }),

    // Axis i of the result is axis permutation[i] of x.
    // Walk the result in order, and x with stridesOf(x.shape), permuted in the same way.
    transpose: (x, permutation) => missing(arrays, 'transpose', { x, permutation }),

    // The block of `size` that starts at `begin`; a size may be 0.
    // Walk the result in order, and x with stridesOf(x.shape), starting where `begin` is.
    slice: (x, begin, size) => missing(arrays, 'slice', { x, begin, size }),

    // Joined along `axis`; a part may be empty, and the same tensor may come twice.
    // Before the axis there are `outer` blocks; each takes one run of elements from every part in turn.
    concat: (xs, axis) => missing(arrays, 'concat', { xs, axis }),

    // Every element `value`: 0, NaN and Infinity too.
    // checkShape(NAME, shape) of core is the count of elements, and an error for a shape that cannot be.
    fill: (shape, value) => missing(arrays, 'fill', { shape, value }),
  };
}
