import type { Tensor } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import { type Context, paddedAxis, share } from './memory.js';

/** Sums and maxima over axes. */
export function reduce({ native, get, add }: Context): Pick<Operations, 'sum' | 'max'> {
  const reduceAxes = (operation: 'sum' | 'max', x: Tensor, axes: readonly number[]) => {
    share(native, 0, x.shape, 1);
    let bits = 0;
    for (const axis of axes) bits |= 1 << paddedAxis(x.shape, axis);
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return add(native[operation](get(x), bits), shape);
  };
  return {
    sum: (x, axes) => reduceAxes('sum', x, axes),
    max: (x, axes) => reduceAxes('max', x, axes),
  };
}
