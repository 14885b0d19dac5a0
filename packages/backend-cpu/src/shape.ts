import { checkShape, type Operations, type Shape, type Tensor } from '@recurra/core';
import { type Arrays, NAME } from './memory.js';

/** For each axis, how far apart in memory two neighbours along it are. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The strides with which an array of shape `from` is walked through as one of shape `to`: 0 where it is repeated. */
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

/** Axes to walk over, outermost first, and for each array the strides along them. */
export interface Walk {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** The same walk over as few axes as can be, but no fewer than `rank`. */
export function simplify({ sizes, strides }: Walk, rank: number): Walk {
  const merged: number[] = [];
  const steps = strides.map((): number[] => []);
  for (let axis = 0; axis < sizes.length; axis++) {
    const size = sizes[axis];
    if (size === 1) continue;
    const last = merged.length - 1;
    // Two axes are one where every array goes on from the end of the inner one to the next of the outer one.
    const joins = last >= 0 && strides.every((stride, i) => steps[i][last] === stride[axis] * size);
    if (joins) merged[last] *= size;
    else merged.push(size);
    for (let i = 0; i < steps.length; i++) steps[i][merged.length - 1] = strides[i][axis];
  }
  while (merged.length < rank) {
    merged.unshift(1);
    for (const step of steps) step.unshift(0);
  }
  return { sizes: merged, strides: steps };
}

/** Copies along a walk of two arrays, from the first at address `from` to the second at `to`. */
export function copy({ kernels }: Arrays, from: number, to: number, walk: Walk): void {
  const { sizes, strides } = simplify(walk, 4);
  const [[f0, f1, f2, f3], [t0, t1, t2, t3]] = strides;
  kernels.copy(from, f0, f1, f2, f3, to, t0, t1, t2, t3, sizes[0], sizes[1], sizes[2], sizes[3]);
}

/** Operations that only move elements. */
export function shape(
  arrays: Arrays,
): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  const { kernels, at, create, share } = arrays;

  /** A tensor of `shape` with the elements of `x` that lie `start` elements in and `strides` apart. */
  const pick = (x: Tensor, start: number, strides: readonly number[], shape: Shape) => {
    const from = at(x) + start * 4;
    const y = create(shape);
    copy(arrays, from, at(y), { sizes: shape, strides: [strides, stridesOf(shape)] });
    return y;
  };

  return {
    reshape: share,

    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      const shape = permutation.map((axis) => x.shape[axis]);
      return pick(
        x,
        0,
        permutation.map((axis) => strides[axis]),
        shape,
      );
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return pick(x, start, strides, size);
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const strides = stridesOf(shape);
      const from = xs.map(at);
      const y = create(shape);
      let to = at(y);
      xs.forEach((x, i) => {
        copy(arrays, from[i], to, { sizes: x.shape, strides: [stridesOf(x.shape), strides] });
        to += x.shape[axis] * strides[axis] * 4;
      });
      return y;
    },

    fill(shape, value) {
      const size = checkShape(NAME, shape);
      const y = create(shape);
      kernels.fill(at(y), value, size);
      return y;
    },
  };
}
