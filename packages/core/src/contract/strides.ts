import { type Shape, sizeOf } from './tensor.js';

/** Row-major strides of a shape: for each axis, how many elements lie between two neighbours along it. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The strides with which an array of shape `from` is read as one of shape `to`, to which it broadcasts: 0 along repeated axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing]));
}
