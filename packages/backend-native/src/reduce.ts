import type { Tensor } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import { F } from './fields.js';
import { type Context, paddedAxis, shareShape } from './memory.js';

/** Sums and maxima over axes. */
export function reduce({ native, get, result }: Context): Pick<Operations, 'sum' | 'max'> {
  const { shared, sum, max } = native;

  const write = (x: Tensor, axes: readonly number[]) => {
    let bits = 0;
    for (const axis of axes) bits |= 1 << paddedAxis(x.shape, axis);
    shared[F.x] = get(x);
    shared[F.axes] = bits;
    shareShape(shared, 0, x.shape);
  };
  const shapeOf = (x: Tensor, axes: readonly number[]) =>
    x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));

  return {
    sum(x, axes) {
      write(x, axes);
      sum();
      return result(F.y, shapeOf(x, axes));
    },

    max(x, axes) {
      write(x, axes);
      max();
      return result(F.y, shapeOf(x, axes));
    },
  };
}
