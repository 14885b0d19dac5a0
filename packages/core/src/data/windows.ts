import { DataError, OptionError } from '../errors.js';
import { boolean, checkOptions, custom, optional, positiveInteger, show } from '../options.js';
import { type ArrayInput, type NDArray, toNDArray } from './ndarray.js';
import type { Sample } from './samples.js';

export interface WindowOptions {
  /** The number of past steps in each x. */
  readonly length: number;
  /** The number of future steps in each y. Default 1. */
  readonly horizon?: number;
  /** Use the steps of x as y, for an autoencoder. Default false. */
  readonly reconstruct?: boolean;
  /** The number of steps from the start of one window to the start of the next. Default 1. */
  readonly stride?: number;
  /** The columns of x. Default: all. */
  readonly inputs?: readonly number[];
  /** The columns of y. Default: all. */
  readonly targets?: readonly number[];
}

/** A window as a sample. Its arrays are views of memory that all windows share. */
export interface WindowSample extends Sample {
  /** [length, inputs] */
  readonly x: NDArray;
  /**
   * [targets] for a horizon of 1; otherwise [horizon, targets], or [horizon] if there is one target. With `reconstruct`:
   * [length, targets].
   */
  readonly y: NDArray;
}

/**
 * Cuts a series into windows for forecasting: each x is `length` steps, and y is the following `horizon` steps. With
 * `reconstruct`, y has the same steps as x.
 *
 * @param series [time][features], or [time]
 * @throws DataError for a series that is too short, or has values that are not finite numbers; OptionError for an
 *   invalid option
 */
export function windows(series: ArrayInput, options: WindowOptions): WindowSample[] {
  const whole = toNDArray(series, 'series', ['step', 'column']);
  const [time, columns = 1] = whole.shape;
  if (whole.shape.length < 1 || whole.shape.length > 2 || whole.data.length === 0) {
    throw new DataError(
      `windows: a series must be [time][features] or [time], but its shape is ${show(whole.shape)}`,
    );
  }
  const column = custom<readonly number[]>(`a list of columns from 0 to ${columns - 1}`, (value) => {
    return (
      Array.isArray(value) &&
      value.length > 0 &&
      [...value].every((i) => Number.isInteger(i) && i >= 0 && i < columns)
    );
  });
  const all = Array.from({ length: columns }, (_, i) => i);
  const { length, stride, reconstruct, inputs, targets, ...ahead } = checkOptions('windows', options, {
    length: positiveInteger,
    horizon: optional(positiveInteger),
    reconstruct: optional(boolean, false),
    stride: optional(positiveInteger, 1),
    inputs: optional(column, all),
    targets: optional(column, all),
  });
  if (reconstruct && ahead.horizon !== undefined)
    throw new OptionError('windows: what is reconstructed has no horizon; leave one of the two out');
  const { horizon = reconstruct ? 0 : 1 } = ahead;
  const count = Math.floor((time - length - horizon) / stride) + 1;
  if (count < 1) {
    const further = reconstruct ? '' : ` and a horizon of ${horizon}`;
    throw new DataError(`windows: ${time} steps are too few for a length of ${length}${further}`);
  }
  const x = takeColumns(whole.data, columns, inputs);
  const y = takeColumns(whole.data, columns, targets);
  const yShape = reconstruct
    ? [length, targets.length]
    : [...(horizon > 1 ? [horizon] : []), ...(targets.length > 1 || horizon === 1 ? [targets.length] : [])];
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride;
    const end = start + length;
    return {
      x: { data: x.subarray(start * inputs.length, end * inputs.length), shape: [length, inputs.length] },
      y: {
        data: y.subarray((reconstruct ? start : end) * targets.length, (end + horizon) * targets.length),
        shape: yShape,
      },
    };
  });
}

function takeColumns(data: NDArray['data'], columns: number, chosen: readonly number[]): NDArray['data'] {
  const result = new Float64Array((data.length / columns) * chosen.length);
  return result.map((_, at) => data[Math.floor(at / chosen.length) * columns + chosen[at % chosen.length]]);
}
