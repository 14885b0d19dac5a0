/*
 * Matrices of 8-bit weights on the host: an element is a whole number from −127 to 127 times the scale of its column, or, in
 * the table of an embedding, of its row. docs/semantics.md has the rounding.
 */
import type { Parameter } from '../cells/cell.js';
import type { NDArray } from '../data/ndarray.js';
import { DataError, OptionError, ShapeError } from '../errors.js';
import { checkNumbers, type HostTensor } from '../host-arrays.js';
import { show } from '../options.js';

/** The largest absolute value; −128 is not used, so that the numbers are symmetric. */
const largest = 127;

/** Int8 weights on the host. */
export interface Int8Matrix extends HostTensor {
  readonly data: Int8Array;
  readonly scales: Float32Array;
}

/** What a quantised network knows about its int8 weights. */
export interface Int8State {
  /** The int8 weights by parameter name. */
  readonly matrices: ReadonlyMap<string, Int8Matrix>;
  /** Why weights were expanded to floats when they were put on the backend, by parameter name. Others are int8 there too. */
  readonly expanded: ReadonlyMap<string, string>;
}

/** A parameter that can be int8, as its layer declares it. */
export type Int8Parameter = Pick<Parameter, 'shape' | 'int8'>;

/**
 * Rounds a parameter to int8: w ≈ round(w / scale) · scale, where scale is max |w| / 127 of the column or row, rounded up to
 * bfloat16, so that a file stores it in two bytes.
 */
export function quantizeMatrix({ data, shape }: NDArray, parameter: Int8Parameter): Int8Matrix {
  const scaleOf = scaleIndex(parameter);
  const scales = new Float32Array(scaleCount(parameter));
  for (let i = 0; i < data.length; i++) {
    const at = scaleOf(i);
    scales[at] = Math.max(scales[at], Math.abs(data[i]));
  }
  // A column of zeros has scale 1.
  for (let at = 0; at < scales.length; at++) scales[at] = scales[at] / largest || 1;
  // A bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(scales.buffer);
  for (let at = 0; at < bits.length; at++) bits[at] = (bits[at] + 0xffff) & 0xffff0000;
  const values = Int8Array.from(data, (w, i) => {
    const rounded = Math.round(Math.abs(w) / scales[scaleOf(i)]);
    return Math.sign(w) * Math.min(rounded, largest);
  });
  return { data: values, scales, shape };
}

/** Computes the float32 weights that int8 weights stand for. */
export function expandMatrix({ data, scales, shape }: Int8Matrix, parameter: Int8Parameter): NDArray {
  const scaleOf = scaleIndex(parameter);
  return { data: Float32Array.from(data, (value, i) => value * scales[scaleOf(i)]), shape: [...shape] };
}

/**
 * Checks the form of int8 weights.
 * @param what their name in messages
 * @throws OptionError for a parameter that cannot be int8; ShapeError for a wrong shape or number of scales; DataError for
 *   scales that are missing, negative or not finite
 */
export function checkMatrix(
  what: string,
  { data, scales, shape }: HostTensor,
  parameter: Int8Parameter,
): Int8Matrix {
  if (!parameter.int8) throw new OptionError(`${what} cannot be int8; it must be float`);
  if (!(data instanceof Int8Array && scales instanceof Float32Array))
    throw new DataError(
      `${what}: int8 weights are an Int8Array with scales, a Float32Array, not ${show(data)} and ${show(scales)}`,
    );
  if (String(shape) !== String(parameter.shape))
    throw new ShapeError(`${what} must be [${parameter.shape}], not ${show(shape)}`);
  checkNumbers(what, data, shape, 'any');
  const count = scaleCount(parameter);
  if (scales.length !== count)
    throw new ShapeError(`${what}: [${shape}] needs ${count} scales, not ${scales.length}`);
  for (const [i, scale] of scales.entries())
    if (!(scale >= 0 && scale < Number.POSITIVE_INFINITY))
      throw new DataError(`${what}: scale ${i} is ${scale}, but must be a finite number, not negative`);
  return { data, scales, shape };
}

/** The number of scales of a parameter. */
export function scaleCount({ shape, int8 }: Int8Parameter): number {
  return shape[int8 === 'rows' ? 0 : shape.length - 1];
}

/** Returns a function from the index of an element to that of its scale. */
function scaleIndex({ shape, int8 }: Int8Parameter): (i: number) => number {
  const width = shape[shape.length - 1];
  return int8 === 'rows' ? (i) => Math.floor(i / width) : (i) => i % width;
}
