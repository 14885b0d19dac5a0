import type { Shape, Tensor } from '@recurra/core';
import { checkShape, type Operations } from '@recurra/core/backend';
import { type Context, NAME } from './memory.js';

/** The strides of a contiguous row-major array, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The strides with which an array of shape `from` is read as one of shape `to`: 0 along the axes where it is broadcast. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides: number[] = [];
  const missing = to.length - from.length;
  let stride = 1;
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const size = axis < missing ? 1 : from[axis - missing];
    strides[axis] = size === 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}

/** A strided iteration over arrays of the same shape: the size of each axis, outermost first, and each array's strides. */
export interface Iteration {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** The same iteration with as few axes as possible, but no fewer than `rank`. */
export function simplify({ sizes, strides }: Iteration, rank: number): Iteration {
  const merged: number[] = [];
  const mergedStrides = strides.map((): number[] => []);
  for (let axis = 0; axis < sizes.length; axis++) {
    const size = sizes[axis];
    if (size === 1) continue;
    const last = merged.length - 1;
    // Two adjacent axes can be merged if, in every array, a step along the outer one is as long as the whole inner one.
    const joins = last >= 0 && strides.every((stride, i) => mergedStrides[i][last] === stride[axis] * size);
    if (joins) merged[last] *= size;
    else merged.push(size);
    for (let i = 0; i < mergedStrides.length; i++) mergedStrides[i][merged.length - 1] = strides[i][axis];
  }
  while (merged.length < rank) {
    merged.unshift(1);
    for (const stride of mergedStrides) stride.unshift(0);
  }
  return { sizes: merged, strides: mergedStrides };
}

/** Copies the first array of an iteration, at address `from`, to the second, at address `to`. */
export function copy({ kernels }: Context, from: number, to: number, iteration: Iteration): void {
  const { sizes, strides } = simplify(iteration, 4);
  const [[f0, f1, f2, f3], [t0, t1, t2, t3]] = strides;
  kernels.copy(from, f0, f1, f2, f3, to, t0, t1, t2, t3, sizes[0], sizes[1], sizes[2], sizes[3]);
}

/** Operations that only move elements, and fill. */
export function shape(
  context: Context,
): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  const { kernels, addressOf, create, alias } = context;

  /** A tensor of `shape` with the elements of `x` from number `start` on, with these strides. */
  const copyStrided = (x: Tensor, start: number, strides: readonly number[], shape: Shape) => {
    const from = addressOf(x) + start * 4;
    const y = create(shape);
    copy(context, from, addressOf(y), { sizes: shape, strides: [strides, stridesOf(shape)] });
    return y;
  };

  return {
    reshape: alias,

    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      const shape = permutation.map((axis) => x.shape[axis]);
      return copyStrided(
        x,
        0,
        permutation.map((axis) => strides[axis]),
        shape,
      );
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return copyStrided(x, start, strides, size.slice());
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const strides = stridesOf(shape);
      const from = xs.map(addressOf);
      const y = create(shape);
      let to = addressOf(y);
      xs.forEach((x, i) => {
        copy(context, from[i], to, { sizes: x.shape, strides: [stridesOf(x.shape), strides] });
        to += x.shape[axis] * strides[axis] * 4;
      });
      return y;
    },

    fill(shape, value) {
      const size = checkShape(NAME, shape);
      const y = create(shape.slice());
      kernels.fill(addressOf(y), value, size);
      return y;
    },
  };
}
