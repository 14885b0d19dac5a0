import { isShape, type Shape, sizeOf } from '../contract/tensor.js';
import { DataError } from '../errors.js';
import { isRecord, show } from '../options.js';

/** A row-major array of numbers on the host. Weights and outputs have this form outside of a backend. */
export interface NDArray {
  readonly data: Float32Array | Float64Array;
  readonly shape: Shape;
}

/** The typed arrays that are accepted as input. 64-bit integers may be up to ±2^53. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A row-major array of numbers with its shape, as an input. */
export interface NDArrayInput {
  readonly data: readonly number[] | TypedArray;
  readonly shape: Shape;
}

/** A number, or nested arrays of numbers. All arrays at the same depth must have equal lengths. */
export type NestedArray = number | readonly NestedArray[];

/**
 * Nested arrays whose depth is only known at run time, such as a model's output. TypeScript sees each element as both a
 * number and an array, so `y[0][1]` and `y[0][1][2]` both compile.
 */
export interface NestedNumbers extends Array<NestedNumbers & number> {}

/** The forms of numbers that are accepted as input. A typed array is a vector, or a row of a matrix. */
export type ArrayInput = NDArrayInput | NestedArray | TypedArray | readonly ArrayInput[];

/**
 * The maximum nesting depth. Tensors have at most 4 dimensions and a batch of them 5, so deeper nesting must be a
 * mistake.
 */
const maxDepth = 8;

/**
 * Converts `value` to an array of numbers, and checks each number.
 *
 * @param what the name of the value in messages: `sample 3: x`
 * @param axes the names of its axes in messages: `step`, `feature`
 * @throws DataError for rows of unequal length and, with the element's indices, for a value that is not a number in
 *   float32's range
 */
export function toNDArray(value: unknown, what: string, axes: readonly string[] = []): NDArray {
  const array = isNDArray(value) ? toFloats(value, what) : flatten(value, what, axes);
  const { data, shape } = array;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(Math.fround(data[i]))) continue;
    throw new DataError(`${element(what, axes, pathOf(i, shape))} is ${numberProblem(data[i])}`);
  }
  return array;
}

/**
 * Converts `array` to floating point. The numbers are not checked, except that 64-bit integers must be exact.
 * @throws DataError if the number of elements does not match the shape
 */
export function toFloats(array: NDArrayInput, what: string): NDArray {
  const { data, shape } = array;
  if (!isShape(shape) || sizeOf(shape) !== data.length)
    throw new DataError(`${what}: ${data.length} numbers do not fill the shape ${show(shape)}`);
  if (data instanceof Float32Array || data instanceof Float64Array) return { data, shape };
  const floats = new Float64Array(data.length);
  const inexact = copyNumbers(data, floats, 0);
  if (inexact >= 0)
    throw new DataError(`${element(what, [], pathOf(inexact, shape))} is ${numberProblem(data[inexact])}`);
  return { data: floats, shape };
}

/** Describes why `value` cannot be used as a number, to follow "is"; undefined if it can. */
export function numberProblem(value: unknown): string | undefined {
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value)))
    return `${show(value)}, beyond ±2^53, the limit of exact whole numbers`;
  if (typeof value === 'bigint') return undefined;
  if (typeof value !== 'number') return `${inWords(value)}, not a number`;
  if (!Number.isFinite(value)) return `${value}, not a finite number`;
  if (!Number.isFinite(Math.fround(value))) return `${value}, beyond float32's range of ±3.4e38`;
  return undefined;
}

/**
 * Converts an array to nested arrays, or to a number if the shape is `[]`.
 * @throws DataError unless the argument is `{ data, shape }` and the number of elements matches the shape
 */
export function toNested(array: NDArrayInput): NestedNumbers & number {
  if (!isNDArray(array)) throw new DataError(`toNested takes { data, shape }, not ${show(array)}`);
  const { data, shape } = toFloats(array, 'toNested');
  const build = (axis: number, offset: number, size: number): unknown => {
    if (axis === shape.length) return data[offset];
    const step = size / (shape[axis] || 1);
    const array: unknown[] = [];
    if (axis === shape.length - 1) for (let i = 0; i < size; i++) array.push(data[offset + i]);
    else for (let i = 0; i < shape[axis]; i++) array.push(build(axis + 1, offset + i * step, step));
    return array;
  };
  return build(0, 0, sizeOf(shape)) as NestedNumbers & number;
}

/** Returns true if `value` is `{ data, shape }`. */
export function isNDArray(value: unknown): value is NDArrayInput {
  return isRecord(value) && isRow(value.data) && Array.isArray(value.shape);
}

/**
 * Returns the first dimension of an array, which is the number of steps of a sequence; 0 if `value` is not an array.
 */
export function lengthOf(value: unknown): number {
  if (isNDArray(value)) return value.shape[0] ?? 0;
  return isRow(value) ? value.length : 0;
}

/** Returns true if `value` is an array or a typed array. */
export function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Flattens nested arrays. All arrays at the same depth must be as long as the first one. */
function flatten(value: unknown, what: string, axes: readonly string[]): NDArray {
  const shape: number[] = [];
  for (let first = value; isRow(first); first = first[0]) {
    if (shape.length === maxDepth) throw new DataError(`${what} is nested more than ${maxDepth} arrays deep`);
    shape.push(first.length);
  }
  if (shape.length === 0) {
    if (typeof value !== 'number') throw new DataError(`${what} is ${show(value)}, not a number`);
    return { data: Float64Array.of(value), shape };
  }
  const data = allocate(shape, what);
  const path: number[] = [];
  let filled = 0;
  const visit = (part: unknown, axis: number): void => {
    if (!isRow(part) || part.length !== shape[axis]) {
      const where = element(what, axes, path.slice(0, axis));
      throw new DataError(`${where} is ${inWords(part)}, not an array of ${shape[axis]} like the first`);
    }
    if (axis < shape.length - 1) {
      for (let i = 0; i < part.length; i++) {
        path[axis] = i;
        visit(part[i], axis + 1);
      }
      return;
    }
    const wrong = copyNumbers(part, data, filled);
    if (wrong >= 0) {
      const where = element(what, axes, [...path.slice(0, axis), wrong]);
      throw new DataError(`${where} is ${numberProblem(part[wrong])}`);
    }
    filled += part.length;
  };
  visit(value, 0);
  return { data, shape };
}

/**
 * Copies numbers to `to`, starting at index `at`. @returns the index of the first value that is not a number or is not
 * exact, or −1
 */
function copyNumbers(from: ArrayLike<unknown>, to: Float64Array, at: number): number {
  for (let i = 0; i < from.length; i++) {
    const value = from[i];
    if (typeof value === 'number') to[at + i] = value;
    else if (typeof value === 'bigint' && numberProblem(value) === undefined) to[at + i] = Number(value);
    else return i;
  }
  return -1;
}

function inWords(value: unknown): string {
  return isRow(value) ? `an array of ${value.length}` : show(value);
}

function allocate(shape: Shape, what: string): Float64Array {
  try {
    return new Float64Array(sizeOf(shape));
  } catch (cause) {
    throw new DataError(`${what}: an array of shape ${show(shape)} does not fit into memory`, { cause });
  }
}

/** Describes an element in a message: `sample 3: x[1][0] (step 1, feature 0)`. */
function element(what: string, axes: readonly string[], indices: readonly number[]): string {
  const words = indices.map((index, axis) => (axes[axis] ? `${axes[axis]} ${index}` : '')).filter(Boolean);
  const brackets = indices.map((index) => `[${index}]`).join('');
  return what + brackets + (words.length > 0 ? ` (${words.join(', ')})` : '');
}

/** Returns the index of element `at` along each axis. */
export function pathOf(at: number, shape: Shape): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(at % shape[axis]);
    at = Math.floor(at / shape[axis]);
  }
  return indices;
}
