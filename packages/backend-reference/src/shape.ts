import type { Shape, Tensor } from '@recurra/core';
import { broadcastStrides, checkShape, type Operations, sizeOf, stridesOf } from '@recurra/core/backend';
import { type Context, NAME, zeros } from './memory.js';

/**
 * The offset of each element of an array of `shape`, in row-major order, for a view that starts at `start`
 * with `strides`.
 */
export function indices(shape: Shape, strides: readonly number[], start = 0): Int32Array {
  const result = zeros(Int32Array, sizeOf(shape));
  const index = shape.map(() => 0);
  let at = start;
  for (let i = 0; i < result.length; i++) {
    result[i] = at;
    // Advances to the next element: increments the last axis, and carries over to the axis before it at its
    // end.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** For each element of an array of shape `to`, the index of the element of an array of shape `from` that is broadcast to it. */
export function broadcastIndices(from: Shape, to: Shape): Int32Array {
  return indices(to, broadcastStrides(from, to));
}

/** Operations that only move elements. */
export function shape({
  get,
  add,
  share,
}: Context): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  /** The elements of `x` at the offsets `from`. */
  const pick = (x: Tensor, from: Int32Array, shape: Shape) => {
    const data = get(x);
    const y = zeros(Float64Array, from.length);
    for (let i = 0; i < y.length; i++) y[i] = data[from[i]];
    return add(y, shape);
  };

  return {
    reshape: share,

    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      const shape = permutation.map((axis) => x.shape[axis]);
      return pick(
        x,
        indices(
          shape,
          permutation.map((axis) => strides[axis]),
        ),
        shape,
      );
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return pick(x, indices(size, strides, start), size);
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const strides = stridesOf(shape);
      const y = zeros(Float64Array, sizeOf(shape));
      let start = 0;
      for (const x of xs) {
        const data = get(x);
        const to = indices(x.shape, strides, start);
        for (let i = 0; i < data.length; i++) y[to[i]] = data[i];
        start += x.shape[axis] * strides[axis];
      }
      return add(y, shape);
    },

    fill: (shape, value) => add(zeros(Float64Array, checkShape(NAME, shape)).fill(value), shape),
  };
}
