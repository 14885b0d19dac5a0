/* How the decoders of CTC read the predictions of a model. */
import { rowsOf } from '../data/inputs.js';
import { toNDArray } from '../data/ndarray.js';
import { DataError, OptionError, ShapeError } from '../errors.js';
import type { BatchInput } from '../model/types.js';
import { logSoftmax } from '../network/log-softmax.js';
import { boolean, checkOptions, custom, optional, wholeNumber } from '../options.js';

/** The options that {@link ctcGreedy}, {@link ctcBeamSearch} and {@link ctcAlign} have in common. */
export interface CtcDecodeOptions {
  /** The class that stands for no label. Default 0. */
  readonly blank?: number;
  /**
   * The predictions are the output of a model that does not end with a softmax: logits, or logarithms of probabilities.
   * Default false: they are probabilities.
   */
  readonly fromLogits?: boolean;
  /** The number of valid frames of each row of a padded batch. Default: all frames. */
  readonly lengths?: readonly number[];
}

/** The checks of {@link CtcDecodeOptions}. */
export const decodeChecks = {
  blank: optional(wholeNumber, 0),
  fromLogits: optional(boolean, false),
  lengths: optional(
    custom<readonly number[]>(
      'a list of whole numbers',
      (x) => Array.isArray(x) && x.every(wholeNumber.accepts),
    ),
  ),
};

/** For each valid frame of a row, the logarithm of the probability of each class. */
export type FrameScores = readonly Float64Array[];

/**
 * Reads the predictions for a batch, [batch][frame][class], row by row.
 * @throws OptionError for a `blank` that is not a class, and for `lengths` that do not fit; ShapeError for rows that are not
 *   [frame][class]; DataError for rows that are not probabilities
 */
export function readScores(
  owner: string,
  predictions: BatchInput,
  { blank, fromLogits, lengths }: ReturnType<typeof checkDecodeOptions>,
): FrameScores[] {
  const rows = rowsOf(owner, predictions);
  if (lengths && lengths.length !== rows.length)
    throw new OptionError(
      `${owner}: lengths has ${lengths.length} numbers for a batch of ${rows.length} rows`,
    );
  return rows.map((row, b) => {
    const { data, shape } = toNDArray(row, `row ${b}`, ['frame', 'class']);
    const [time, classes] = shape;
    if (time === 0) return [];
    if (shape.length !== 2)
      throw new ShapeError(`${owner}: row ${b} must be [frame][class], not of shape [${shape}]`);
    if (blank >= classes)
      throw new OptionError(`${owner}: blank must be one of the ${classes} classes, not ${blank}`);
    const frames = lengths?.[b] ?? time;
    if (frames > time)
      throw new OptionError(`${owner}: lengths[${b}] must be from 0 to ${time}, not ${frames}`);
    return Array.from({ length: frames }, (_, t) => {
      const scores = data.subarray(t * classes, (t + 1) * classes);
      return fromLogits ? logSoftmax(scores) : logarithms(scores, `${owner}: frame ${t} of row ${b}`);
    });
  });
}

/** @throws OptionError */
export function checkDecodeOptions(owner: string, options: CtcDecodeOptions | undefined) {
  return checkOptions(owner, options, decodeChecks);
}

function logarithms(probabilities: Float32Array | Float64Array, what: string): Float64Array {
  let sum = 0;
  for (const p of probabilities) sum += p;
  if (Math.abs(sum - 1) < 1e-3 && probabilities.every((p) => p >= 0))
    return Float64Array.from(probabilities, Math.log);
  throw new DataError(
    `${what} must be probabilities that add up to 1, not to ${sum}; for logits, or logarithms of probabilities, set ` +
      'fromLogits: true, and for padded rows lengths',
  );
}
