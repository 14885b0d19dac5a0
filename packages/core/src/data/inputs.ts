import { sameShape, sizeOf } from '../contract/tensor.js';
import { DataError, ShapeError } from '../errors.js';
import type { SignalShape } from '../layers/layer.js';
import { sizeOfStep, sizesOfStep } from '../layers/shapes.js';
import { show } from '../options.js';
import {
  type ArrayInput,
  isNDArray,
  type NDArray,
  type NDArrayInput,
  toFloats,
  toNDArray,
} from './ndarray.js';

/** The inputs of a batch on the host, in the form that the network needs. */
export interface InputBatch {
  /** Sequences [T, B, F], vectors [B, F], token ids [T, B], frames and images with the numbers of each flat; zero past a row's length. */
  readonly x: Float64Array;
  readonly shape: readonly number[];
  /** The number of valid steps in each row; absent if all rows have equal length. */
  readonly lengths?: readonly number[];
}

export interface InputOptions {
  /** The number of token ids. Default: any whole number is allowed. */
  readonly vocabulary?: number;
  /** The numbers of the rows in messages: the indices of the samples in the data. Default 0, 1, 2 … */
  readonly indices?: readonly number[];
  /** How messages call the input of a sample. Default 'x'. */
  readonly name?: string;
  /** The number of valid steps in each row, if the rows are already padded. Default: all steps of a row. */
  readonly lengths?: readonly number[];
  /** The minimum number of steps to pad to. Default 1. */
  readonly time?: number;
}

/**
 * Combines inputs into a batch: pads sequences to the longest one and makes them time-major. A sequence with one
 * feature may have the shape [time].
 *
 * @throws DataError that names the sample, step and feature, for values that are not numbers in float32's range, for an
 *   input that is ragged, empty or does not fit `input`, and for a token id that is not a whole number in the
 *   vocabulary
 */
export function encodeInputs(
  xs: readonly ArrayInput[],
  input: SignalShape,
  options: InputOptions = {},
): InputBatch {
  const { name: x = 'x' } = options;
  const name = (row: number) => `sample ${options.indices?.[row] ?? row}`;
  const rows = xs.map((row, index) => encodeRow(row, input, `${name(index)}: ${x}`).data);
  const batch = rows.length;
  const features = sizeOfStep(input);

  if (!('time' in input)) {
    const values = new Float64Array(batch * features);
    for (const [row, data] of rows.entries()) values.set(data, row * features);
    return { x: values, shape: [batch, features] };
  }

  const lengths = options.lengths ?? rows.map((data) => data.length / features);
  if (input.kind === 'tokens')
    for (const [row, ids] of rows.entries())
      checkIds(
        ids.subarray(0, lengths[row]),
        options.vocabulary,
        x === 'x' ? name(row) : `${name(row)}: ${x}`,
      );
  const time = lengths.reduce((longest, length) => Math.max(longest, length), options.time ?? 1);
  const values = new Float64Array(time * batch * features);
  for (const [row, data] of rows.entries()) {
    for (let t = 0; t < lengths[row]; t++) {
      const at = (t * batch + row) * features;
      for (let i = 0; i < features; i++) values[at + i] = data[t * features + i];
    }
  }
  return {
    x: values,
    shape: input.kind === 'tokens' ? [time, batch] : [time, batch, features],
    lengths: lengths.every((length) => length === time) ? undefined : lengths,
  };
}

const pixel = ['row', 'column', 'channel'];
const axesOf = {
  sequence: ['step', 'feature'],
  vector: ['feature'],
  tokens: ['step'],
  frames: ['step', ...pixel],
  image: pixel,
};

function encodeRow(x: ArrayInput, input: SignalShape, what: string): NDArray {
  const array = toNDArray(x, what, axesOf[input.kind]);
  if (!sameShape(array.shape, expectedShape(input, array.shape))) {
    throw new DataError(`${what} must be ${describe(input)}, but its shape is ${show(array.shape)}`);
  }
  return array;
}

function expectedShape(input: SignalShape, shape: readonly number[]): readonly number[] {
  const sizes = sizesOfStep(input);
  if (!('time' in input)) return sizes;
  const time = input.time ?? Math.max(1, shape[0] ?? 1);
  const flat = input.kind === 'sequence' && input.features === 1 && shape.length === 1;
  return flat ? [time] : [time, ...sizes];
}

function describe(input: SignalShape): string {
  const sizes = sizesOfStep(input).join(' × ');
  if (input.kind === 'vector') return `a vector of ${sizes} features`;
  if (input.kind === 'image') return `an image of ${sizes} numbers`;
  const steps = input.time === null ? '1 step or more' : `${input.time} steps`;
  const step = { tokens: 'token ids', sequence: `${sizes} features`, frames: `${sizes} numbers` }[input.kind];
  return `${steps} of ${step}`;
}

function checkIds(ids: NDArray['data'], vocabulary: number | undefined, sample: string): void {
  const last = (vocabulary ?? Infinity) - 1;
  const step = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 0 || id > last);
  if (step < 0) return;
  const range = vocabulary === undefined ? '0 or more' : `from 0 to ${last}`;
  throw new DataError(
    `${sample}: the token id at step ${step} must be a whole number ${range}, not ${ids[step]}`,
  );
}

/**
 * Splits a batch into its rows. The batch is an array of rows, or `{ data, shape }`.
 * @param owner the name of the calling function, for messages
 * @throws DataError or ShapeError for any other value, and for an empty batch
 */
export function rowsOf(owner: string, x: NDArrayInput | readonly ArrayInput[]): readonly ArrayInput[] {
  if (!isNDArray(x)) {
    if (!Array.isArray(x) || x.length === 0)
      throw new DataError(`${owner} needs a batch: an array of at least one row, not ${show(x)}`);
    return x;
  }
  const { data, shape } = toFloats(x, 'x');
  if (shape.length === 0 || data.length === 0)
    throw new ShapeError(`${owner} needs a batch of at least one row, but the shape is ${show(shape)}`);
  const [batch, ...row] = shape;
  const size = sizeOf(row);
  return Array.from({ length: batch }, (_, b) => ({
    data: data.subarray(b * size, (b + 1) * size),
    shape: row,
  }));
}
