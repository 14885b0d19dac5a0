/** Dimensions, outermost first. A tensor has rank 1 to 4; a scalar is `[1]`. */
export type Shape = readonly number[];

/**
 * A handle to an array that lives on a backend. Only the backend that made it can look inside.
 * It holds its memory until {@link Memory.free}; in core the {@link Tape} that made it does that.
 */
export interface Tensor {
  readonly shape: Shape;
}

/** What {@link Memory.read} gives: row-major elements, in the backend's own precision. */
export type TensorData = Float32Array | Float64Array;

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

/** Whether two shapes are the same, dimension by dimension. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** The shape that NumPy's broadcasting gives for two shapes, or undefined where they do not fit. */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = sizeAt(a, axis - rank + a.length);
    const y = sizeAt(b, axis - rank + b.length);
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}

/** The size of an axis: 1 of those that broadcasting puts in front, which are below 0. */
function sizeAt(shape: Shape, axis: number): number {
  return axis < 0 ? 1 : shape[axis];
}
