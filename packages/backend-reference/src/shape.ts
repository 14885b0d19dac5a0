import { checkShape, type Operations, type Shape, sizeOf, type Tensor } from '@recurra/core';
import { type Arrays, NAME, zeros } from './memory.js';

/** For each axis, how far apart in memory two neighbours along it are. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Where in memory the elements of an array of `shape` lie, in row-major order, if it starts at `start` with `strides`. */
export function positions(shape: Shape, strides: readonly number[], start = 0): Int32Array {
  const result = zeros(Int32Array, sizeOf(shape));
  const index = shape.map(() => 0);
  let position = start;
  for (let i = 0; i < result.length; i++) {
    result[i] = position;
    // To the next element, as an odometer does: the last axis turns fastest.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis];
      if (++index[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** For each element of an array of shape `to`, which element of an array of shape `from` is broadcast to it. */
export function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return positions(
    to,
    to.map((_, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing])),
  );
}

/** Operations that only move elements. */
export function shape({
  get,
  add,
  share,
}: Arrays): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  /** The elements of `x` that lie at `from`. */
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
        positions(
          shape,
          permutation.map((axis) => strides[axis]),
        ),
        shape,
      );
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return pick(x, positions(size, strides, start), size);
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const strides = stridesOf(shape);
      const y = zeros(Float64Array, sizeOf(shape));
      let start = 0;
      for (const x of xs) {
        const data = get(x);
        const to = positions(x.shape, strides, start);
        for (let i = 0; i < data.length; i++) y[to[i]] = data[i];
        start += x.shape[axis] * strides[axis];
      }
      return add(y, shape);
    },

    fill: (shape, value) => add(zeros(Float64Array, checkShape(NAME, shape)).fill(value), shape),
  };
}
