import { type Shape, sizeOf } from '../contract/tensor.js';
import { DataError } from '../errors.js';
import { isRecord, show } from '../options.js';

/** Numbers on the host, row-major: what weights, inputs and outputs are outside of a backend. */
export interface NDArray {
  readonly data: Float32Array | Float64Array;
  readonly shape: Shape;
}

/** A number, or arrays of equally long arrays of numbers. */
export type NestedArray = number | readonly NestedArray[];

/** The forms in which numbers may be given. A typed array is a vector, or a row of a matrix. */
export type ArrayInput =
  | NDArray
  | NestedArray
  | Float32Array
  | Float64Array
  | Int32Array
  | readonly ArrayInput[];

/**
 * The numbers of `value`, each of them checked.
 *
 * @param what how messages call it: `sample 3: x`
 * @param axes how messages call its axes: `step`, `feature`
 * @throws DataError for rows of unequal length, and for what is not a finite number, naming the place
 */
export function toNDArray(value: unknown, what: string, axes: readonly string[] = []): NDArray {
  const place = (path: readonly number[]) => {
    const words = path.map((index, axis) => (axes[axis] ? `${axes[axis]} ${index}` : '')).filter(Boolean);
    return (
      what + path.map((index) => `[${index}]`).join('') + (words.length > 0 ? ` (${words.join(', ')})` : '')
    );
  };
  const array = isNDArray(value) ? checkSize(value, what) : flatten(value, place);
  const { data, shape } = array;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]))
      throw new DataError(`${place(pathOf(i, shape))} is ${data[i]}, not a finite number`);
  }
  return array;
}

/** The numbers as nested arrays; a number where the shape is `[]`. */
export function toNested(array: NDArray): NestedArray {
  if (!isNDArray(array)) throw new DataError(`toNested: wants { data, shape }, not ${show(array)}`);
  const { data, shape } = checkSize(array, 'toNested');
  const build = (axis: number, offset: number, stride: number): NestedArray => {
    if (axis === shape.length) return data[offset];
    const step = stride / (shape[axis] || 1);
    return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, offset + i * step, step));
  };
  return build(0, 0, sizeOf(shape));
}

/** Whether `value` is `{ data, shape }`. */
export function isNDArray(value: unknown): value is NDArray {
  return isRecord(value) && ArrayBuffer.isView(value.data) && Array.isArray(value.shape);
}

/** Typed arrays and nested ones alike. */
function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function checkSize(array: NDArray, what: string): NDArray {
  const { data, shape } = array;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || sizeOf(shape) !== data.length) {
    throw new DataError(`${what}: ${data.length} numbers do not fill the shape [${shape}]`);
  }
  return array;
}

/** The first element of each array says how long the others beside it must be. */
function flatten(value: unknown, place: (path: readonly number[]) => string): NDArray {
  const shape: number[] = [];
  for (let first = value; isRow(first); first = first[0]) shape.push(first.length);
  const data = new Float64Array(sizeOf(shape));
  let filled = 0;
  const visit = (part: unknown, path: readonly number[]) => {
    const length = shape[path.length];
    if (typeof part === 'number' && length === undefined) data[filled++] = part;
    else if (!isRow(part) || part.length !== length) {
      const given = isRow(part) ? `an array of ${part.length}` : show(part);
      const wanted =
        length === undefined
          ? 'a number'
          : `an array of ${length}${path.length > 0 ? ' like the first' : ''}`;
      throw new DataError(`${place(path)} is ${given}, not ${wanted}`);
    } else {
      const innermost = path.length === shape.length - 1;
      for (let i = 0; i < length; i++) {
        const element = part[i];
        if (innermost && typeof element === 'number') data[filled++] = element;
        else visit(element, [...path, i]);
      }
    }
  };
  visit(value, []);
  return { data, shape };
}

/** The index of element `at` along each axis. */
export function pathOf(at: number, shape: Shape): number[] {
  const path: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    path.unshift(at % shape[axis]);
    at = Math.floor(at / shape[axis]);
  }
  return path;
}
