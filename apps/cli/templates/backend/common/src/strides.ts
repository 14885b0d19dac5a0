import type { Shape } from '@recurra/core';

/** The distance between neighbours along each axis of a row-major array, in elements: [2, 3, 4] has [12, 4, 1]. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** The strides to read an array of `shape` as if it were broadcast to `to`: 0 along axes that repeat. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const strides = stridesOf(shape);
  const absent = to.length - shape.length;
  return to.map((_, axis) => (axis < absent || shape[axis - absent] === 1 ? 0 : strides[axis - absent]));
}
