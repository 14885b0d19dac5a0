/*
 * Checks of arrays on the host before they are uploaded to a backend. Every function that takes weights, states or
 * constants uses them to check the type, the shape, and that the backend's precision can represent each number.
 */
import type { Backend, Int8Memory } from './contract/backend.js';
import { checkUpload } from './contract/check-upload.js';
import { isShape, type Shape, sameShape, type Tensor } from './contract/tensor.js';
import { pathOf } from './data/ndarray.js';
import { DataError, OptionError, ShapeError } from './errors.js';
import { isRecord, show } from './options.js';
import { release } from './release.js';

/** The precision in which every number must be finite; 'any' also allows numbers that are not finite. */
type Finite = Backend['precision'] | 'any';

/** The numbers of a tensor of `shape`, on the host. */
export interface HostTensor {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
  /** For int8 weights, whose `data` is an Int8Array: a scale for each column, or for each row of an embedding. */
  readonly scales?: Float32Array;
}

/** @throws ShapeError unless `list` is a list of whole numbers, 0 or more: a shape, or a list of axes or sizes */
export function checkWholeNumbers(what: string, list: unknown): asserts list is Shape {
  if (isShape(list)) return;
  throw new ShapeError(`${what}: the shape must be a list of whole numbers, not ${show(list)}`);
}

/** @throws ShapeError unless `x` is a tensor of floats; a misspelt parameter name, for example, gives undefined */
export function checkTensor(what: string, x: unknown): asserts x is Tensor {
  const tensor = x as Tensor | undefined | null;
  if (!Array.isArray(tensor?.shape) || tensor.int8)
    throw new ShapeError(`${what}: expected a tensor, not ${tensor?.int8 ? 'int8 weights' : show(x)}`);
}

/**
 * Returns `data` if it matches `shape` and every element is finite, as required by `finite`.
 * @throws the errors of {@link checkUpload}; DataError for an element that is not a finite number, with its index
 */
export function checkNumbers(what: string, data: unknown, shape: Shape, finite: Finite): ArrayLike<number> {
  const numbers = data as ArrayLike<number>;
  checkUpload(what, numbers, shape);
  const at = firstInvalid(numbers, finite);
  if (at < 0) return numbers;
  const infinite = Number.isFinite(numbers[at]) ? `, which is infinite in ${finite}` : '';
  throw new DataError(
    `${what}[${pathOf(at, shape)}] is ${show(numbers[at])}${infinite}, but must be a ${finite === 'any' ? '' : 'finite '}number`,
  );
}

/** Returns the data of `{ data, shape }` if it has the expected shape and passes {@link checkNumbers}. */
export function checkArray(what: string, value: unknown, shape: Shape, finite: Finite): ArrayLike<number> {
  if (!isRecord(value)) throw new DataError(`${what} must be { data, shape }, not ${show(value)}`);
  if (!isShape(value.shape) || !sameShape(value.shape, shape)) {
    const actual = isShape(value.shape) ? `[${value.shape}]` : show(value.shape);
    throw new ShapeError(`${what} must be [${shape}], not ${actual}`);
  }
  return checkNumbers(what, value.data, shape, finite);
}

/**
 * Checks the weights of a network and returns them by parameter name.
 * @param what the name of the calling function, for messages
 * @throws OptionError for a missing or unknown name; ShapeError and DataError like {@link checkArray}
 */
export function checkWeights(
  what: string,
  weights: unknown,
  parameters: ReadonlyMap<string, { readonly shape: Shape }>,
  finite: Finite,
): Map<string, HostTensor> {
  if (!isRecord(weights)) {
    throw new OptionError(
      `${what}: the weights must be an object of { data, shape } by name, not ${show(weights)}`,
    );
  }
  for (const name of Object.keys(weights)) {
    if (!parameters.has(name)) {
      throw new OptionError(
        `${what}: no parameter ${show(name)}; known: ${[...parameters.keys()].join(', ')}`,
      );
    }
  }
  const checked = new Map<string, HostTensor>();
  for (const [name, { shape }] of parameters) {
    if (!Object.hasOwn(weights, name)) throw new OptionError(`${what}: ${name} [${shape}] is missing`);
    checked.set(name, { data: checkArray(`${what}: ${name}`, weights[name], shape, finite), shape });
  }
  return checked;
}

/** Uploads all of `arrays`. If one upload fails, the previous tensors are freed. */
export function uploadAll<Key>(
  backend: Backend,
  arrays: Iterable<readonly [Key, HostTensor]>,
): Map<Key, Tensor> {
  const uploaded = new Map<Key, Tensor>();
  try {
    for (const [key, { data, shape, scales }] of arrays)
      uploaded.set(
        key,
        scales
          ? (backend.int8 as Int8Memory).upload(data as Int8Array, scales, shape)
          : backend.upload(data, shape),
      );
  } catch (error) {
    release(backend, uploaded.values());
    throw error;
  }
  return uploaded;
}

/** Returns the index of the first element that is not a number, or not finite if it must be; −1 if all are valid. */
function firstInvalid(data: ArrayLike<number>, finite: Finite): number {
  const single = finite === 'float32';
  if (ArrayBuffer.isView(data)) {
    if (finite === 'any') return -1;
    // A finite number times 0 is 0; all other values make the sum NaN. This checks all elements without a branch.
    let sum = 0;
    if (data instanceof Float32Array || !single) for (let i = 0; i < data.length; i++) sum += data[i] * 0;
    else for (let i = 0; i < data.length; i++) sum += Math.fround(data[i]) * 0;
    if (sum === 0) return -1;
  }
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    if (typeof x !== 'number') return i;
    if (finite !== 'any' && !Number.isFinite(single ? Math.fround(x) : x)) return i;
  }
  return -1;
}
