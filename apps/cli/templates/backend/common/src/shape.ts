import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { missing } from './missing.js';

type Names = 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill';

export function shape(context: Context): Pick<Operations, Names> {
  return {
    // A new handle for the same elements: context.share(x, shape).
    // Either handle may be freed first; TensorStore keeps the elements until both are freed.
    reshape: (x, shape) => missing(context, 'reshape', { x, shape }),

    // Axis i of the result is axis permutation[i] of x.
    // Loop over the result in order, and read x with stridesOf(x.shape) of @recurra/core/backend, permuted in the same way.
    transpose: (x, permutation) => missing(context, 'transpose', { x, permutation }),

    // The block of `size` that starts at `begin`; a size may be 0.
    // Loop over the result in order, and read x with stridesOf(x.shape) of @recurra/core/backend, starting at `begin`.
    slice: (x, begin, size) => missing(context, 'slice', { x, begin, size }),

    // Joined along `axis`. A part may be empty, and the same tensor may occur twice.
    // The dimensions before the axis give `outer` blocks; each block takes one run of elements from every part in turn.
    concat: (xs, axis) => missing(context, 'concat', { xs, axis }),

    // Every element is `value`, which may be 0, NaN or Infinity.
    // checkShape(NAME, shape) of @recurra/core/backend returns the number of elements, and throws for an invalid shape.
    fill: (shape, value) => missing(context, 'fill', { shape, value }),
  };
}
