import { type Shape, sizeOf } from '../contract/tensor.js';
import { DataError } from '../errors.js';
import { isRecord, show } from '../options.js';

/** Numbers on the host, row-major: what weights and outputs are outside of a backend. */
export interface NDArray {
  readonly data: Float32Array | Float64Array;
  readonly shape: Shape;
}

/** Typed arrays that numbers may be given in; 64-bit integers up to ±2^53. */
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

/** Numbers with their shape, row-major, as they may be given. */
export interface NDArrayInput {
  readonly data: readonly number[] | TypedArray;
  readonly shape: Shape;
}

/** A number, or arrays of equally long arrays of numbers. */
export type NestedArray = number | readonly NestedArray[];

/**
 * Nested arrays whose depth is known at run time only, as that of a model's output is. To TypeScript each element is both
 * a number and an array, so `y[0][1]` and `y[0][1][2]` both compile.
 */
export interface NestedNumbers extends Array<NestedNumbers & number> {}

/** The forms in which numbers may be given. A typed array is a vector, or a row of a matrix. */
export type ArrayInput = NDArrayInput | NestedArray | TypedArray | readonly ArrayInput[];

/** Tensors have 4 dimensions at most, and a batch of them 5; what is nested deeper was not meant. */
const deepest = 8;

/**
 * The numbers of `value`, each of them checked.
 *
 * @param what how messages call it: `sample 3: x`
 * @param axes how messages call its axes: `step`, `feature`
 * @throws DataError for rows of unequal length, and for what is not a number that float32 can hold, with its indices
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
 * `array` in floating point; its numbers are not checked, except that 64-bit integers must be exact.
 * @throws DataError where the count of the numbers is not that of the shape
 */
export function toFloats(array: NDArrayInput, what: string): NDArray {
  const { data, shape } = array;
  const counts = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!counts || sizeOf(shape) !== data.length)
    throw new DataError(`${what}: ${data.length} numbers do not fill the shape ${show(shape)}`);
  if (data instanceof Float32Array || data instanceof Float64Array) return { data, shape };
  const floats = new Float64Array(data.length);
  const wrong = copyNumbers(data, floats, 0);
  if (wrong >= 0)
    throw new DataError(`${element(what, [], pathOf(wrong, shape))} is ${numberProblem(data[wrong])}`);
  return { data: floats, shape };
}

/** Why `value` cannot be used as a number, to follow "is"; undefined where it can. */
export function numberProblem(value: unknown): string | undefined {
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value)))
    return `${show(value)}, beyond ±2^53, up to which whole numbers are exact`;
  if (typeof value === 'bigint') return undefined;
  if (typeof value !== 'number') return `${inWords(value)}, not a number`;
  if (!Number.isFinite(value)) return `${value}, not a finite number`;
  if (!Number.isFinite(Math.fround(value))) return `${value}, beyond float32's range of ±3.4e38`;
  return undefined;
}

/**
 * The numbers as nested arrays; a number where the shape is `[]`.
 * @throws DataError for anything but `{ data, shape }` of as many numbers as the shape has
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

/** Whether `value` is `{ data, shape }`. */
export function isNDArray(value: unknown): value is NDArrayInput {
  return isRecord(value) && isRow(value.data) && Array.isArray(value.shape);
}

/** The first size of an array, which of a sequence is the number of its steps; 0 of what is no array. */
export function lengthOf(value: unknown): number {
  if (isNDArray(value)) return value.shape[0] ?? 0;
  return isRow(value) ? value.length : 0;
}

/** Whether `value` is an array, typed or not. */
export function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The first element of each array says how long the others beside it must be. */
function flatten(value: unknown, what: string, axes: readonly string[]): NDArray {
  const shape: number[] = [];
  for (let first = value; isRow(first); first = first[0]) {
    if (shape.length === deepest) throw new DataError(`${what} is nested more than ${deepest} arrays deep`);
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

/** Copies numbers to `to`, from index `at` on. @returns the index of the first that is none, or is not exact; −1 */
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

/** An element in a message: `sample 3: x[1][0] (step 1, feature 0)`. */
function element(what: string, axes: readonly string[], indices: readonly number[]): string {
  const words = indices.map((index, axis) => (axes[axis] ? `${axes[axis]} ${index}` : '')).filter(Boolean);
  const brackets = indices.map((index) => `[${index}]`).join('');
  return what + brackets + (words.length > 0 ? ` (${words.join(', ')})` : '');
}

/** The index of element `at` along each axis. */
export function pathOf(at: number, shape: Shape): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(at % shape[axis]);
    at = Math.floor(at / shape[axis]);
  }
  return indices;
}
