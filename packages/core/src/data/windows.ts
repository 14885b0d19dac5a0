import { DataError, OptionError } from '../errors.js';
import { boolean, checkOptions, custom, optional, positiveInteger, show } from '../options.js';
import { type ArrayInput, type NDArray, toNDArray } from './ndarray.js';
import type { Sample } from './samples.js';

export interface WindowOptions {
  /** Steps of the past in each x. */
  readonly length: number;
  /** Steps of the future in each y. Default 1. */
  readonly horizon?: number;
  /** y are the steps of x, for a model that gives back what it was given: an autoencoder. Default false. */
  readonly reconstruct?: boolean;
  /** Steps from one window's start to the next's. Default 1. */
  readonly stride?: number;
  /** The columns of x. Default all. */
  readonly inputs?: readonly number[];
  /** The columns of y. Default all. */
  readonly targets?: readonly number[];
}

/** An array of both forms of a window, whose numbers are shared with the other windows. */
export interface WindowSample extends Sample {
  /** [length, inputs] */
  readonly x: NDArray;
  /**
   * [targets] for a horizon of 1; else [horizon, targets], or [horizon] where there is one target. To be reconstructed:
   * [length, targets].
   */
  readonly y: NDArray;
}

/**
 * The windows of a series. For forecasting each x is `length` steps, and y the `horizon` steps that follow; with
 * `reconstruct` y are the same steps as x.
 *
 * @param series [time][features], or [time]
 * @throws DataError for a series that is too short or has something else than finite numbers; OptionError
 */
export function windows(series: ArrayInput, options: WindowOptions): WindowSample[] {
  const whole = toNDArray(series, 'series', ['step', 'column']);
  const [time, columns = 1] = whole.shape;
  if (whole.shape.length < 1 || whole.shape.length > 2 || whole.data.length === 0) {
    throw new DataError(
      `windows: a series is [time][features] or [time], and its shape is ${show(whole.shape)}`,
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
