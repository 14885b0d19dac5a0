/*
 * Numbers on their way from the host to a backend. Every function that takes weights, states or constants checks them
 * here first: what they are, how many there are, and that the backend can hold each of them.
 */
import type { Backend } from './contract/backend.js';
import { checkUpload } from './contract/check-upload.js';
import { type Shape, sameShape, type Tensor } from './contract/tensor.js';
import { pathOf } from './data/ndarray.js';
import { DataError, OptionError, ShapeError } from './errors.js';
import { isRecord, show } from './options.js';
import { release } from './release.js';

/** In which precision every number must be finite; 'any': it need not be. */
type Finite = Backend['precision'] | 'any';

/** Numbers for a tensor of `shape`, not yet uploaded. */
export interface HostTensor {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}

/** @throws ShapeError unless `list` is a shape, or the axes or sizes of one: whole numbers, 0 or more */
export function checkWholeNumbers(what: string, list: unknown): asserts list is Shape {
  if (isShape(list)) return;
  throw new ShapeError(`${what}: the shape must be a list of whole numbers, not ${show(list)}`);
}

/** @throws ShapeError unless `x` is a tensor: a parameter whose name is misspelt is undefined, for instance */
export function checkTensor(what: string, x: unknown): asserts x is Tensor {
  if (!Array.isArray((x as Tensor | undefined | null)?.shape))
    throw new ShapeError(`${what}: a tensor is needed, not ${show(x)}`);
}

/**
 * `data`, if it fills `shape` and every element is finite as it must be.
 * @throws as {@link checkUpload}; DataError for an element that is not a finite number, naming its index
 */
export function checkNumbers(what: string, data: unknown, shape: Shape, finite: Finite): ArrayLike<number> {
  const numbers = data as ArrayLike<number>;
  checkUpload(what, numbers, shape);
  const at = firstRefused(numbers, finite);
  if (at < 0) return numbers;
  const infinite = Number.isFinite(numbers[at]) ? `, which is infinite in ${finite}` : '';
  throw new DataError(
    `${what}[${pathOf(at, shape)}] is ${show(numbers[at])}${infinite}, and must be a ${finite === 'any' ? '' : 'finite '}number`,
  );
}

/** The data of `{ data, shape }`, if that is of `shape` and passes {@link checkNumbers}. */
export function checkArray(what: string, value: unknown, shape: Shape, finite: Finite): ArrayLike<number> {
  if (!isRecord(value)) throw new DataError(`${what} must be { data, shape }, not ${show(value)}`);
  if (!isShape(value.shape) || !sameShape(value.shape, shape)) {
    const given = isShape(value.shape) ? `[${value.shape}]` : show(value.shape);
    throw new ShapeError(`${what} must be [${shape}], not ${given}`);
  }
  return checkNumbers(what, value.data, shape, finite);
}

/**
 * The numbers of a network's weights by parameter.
 * @param what who was given them, for messages
 * @throws OptionError for a name that is missing or unknown; ShapeError and DataError as {@link checkArray}
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

/** Uploads all of `arrays`, or none: where one fails, those before it are freed. */
export function uploadAll<Key>(
  backend: Backend,
  arrays: Iterable<readonly [Key, HostTensor]>,
): Map<Key, Tensor> {
  const uploaded = new Map<Key, Tensor>();
  try {
    for (const [key, { data, shape }] of arrays) uploaded.set(key, backend.upload(data, shape));
  } catch (error) {
    release(backend, uploaded.values());
    throw error;
  }
  return uploaded;
}

function isShape(value: unknown): value is Shape {
  if (!Array.isArray(value)) return false;
  for (const size of value) if (!Number.isSafeInteger(size) || size < 0) return false;
  return true;
}

/** The index of the first element that is not a number, or not finite as it must be; −1 where there is none. */
function firstRefused(data: ArrayLike<number>, finite: Finite): number {
  const single = finite === 'float32';
  if (ArrayBuffer.isView(data)) {
    if (finite === 'any') return -1;
    // A finite number times 0 is 0, all others make the sum NaN: one pass without a branch.
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
