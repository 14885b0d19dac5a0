/** The dimensions of a tensor, outermost first. A tensor has rank 1 to 4; a scalar is `[1]`. */
export type Shape = readonly number[];

/**
 * A handle to an array on a backend. Only this backend can access the elements. The memory is held until {@link
 * Memory.free} is called; in core, the {@link Tape} that created the tensor does this.
 */
export interface Tensor {
  readonly shape: Shape;
  /** True for int8 weights: see {@link Int8Memory}. Core passes them to fused kernels only. */
  readonly int8?: boolean;
}

/** The result of {@link Memory.read}: row-major elements in the backend's precision. */
export type TensorData = Float32Array | Float64Array;

/** Returns the number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

/** Returns true if a value is a list of whole numbers, 0 or more, as shapes are. */
export function isShape(value: unknown): value is Shape {
  if (!Array.isArray(value)) return false;
  for (const size of value) if (!Number.isSafeInteger(size) || size < 0) return false;
  return true;
}

/** Returns true if two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** Returns the common shape of two shapes under NumPy's broadcasting, or undefined if they do not broadcast. */
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

/** Returns the size of an axis. Negative axes are those that broadcasting adds in front, with size 1. */
function sizeAt(shape: Shape, axis: number): number {
  return axis < 0 ? 1 : shape[axis];
}
