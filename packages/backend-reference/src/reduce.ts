import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { type Context, zeros } from './memory.js';
import { broadcastIndices } from './shape.js';

/** Operations that reduce many elements to one. */
export function reduce({ get, add }: Context): Pick<Operations, 'sum' | 'max'> {
  /** Combines every element of `x`, in order, into its element of the result. */
  const fold = (
    x: Tensor,
    axes: readonly number[],
    start: number,
    f: (soFar: number, value: number) => number,
  ) => {
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const data = get(x);
    // Indexes the reduced array as if it were broadcast back to x's shape.
    const to = broadcastIndices(shape, x.shape);
    const y = zeros(Float64Array, sizeOf(shape)).fill(start);
    for (let i = 0; i < data.length; i++) y[to[i]] = f(y[to[i]], data[i]);
    return add(y, shape);
  };

  return {
    sum: (x, axes) => fold(x, axes, 0, (sum, value) => sum + value),
    max: (x, axes) => fold(x, axes, -Infinity, Math.max),
  };
}
