/* The inputs of a graph. */
import type { SignalShape } from '../layers/layer.js';
import { checkOptions, checkValue, optional, positiveInteger } from '../options.js';

type Shape<Kind extends SignalShape['kind']> = Extract<SignalShape, { readonly kind: Kind }>;

/** Options of {@link tokens}, {@link sequence} and {@link frames}. */
export interface TimeOptions {
  /** The number of steps of every row. Default null: rows may have any number of steps, each its own. */
  readonly time?: number | null;
}

function timeOf(owner: string, options: TimeOptions | undefined): number | null {
  const { time } = checkOptions(owner, options, { time: optional(positiveIntegerOrNull, null) });
  return time;
}

const positiveIntegerOrNull = {
  expected: `${positiveInteger.expected}, or null`,
  accepts: (x: unknown): x is number | null => x === null || positiveInteger.accepts(x),
};

/**
 * An input of token ids, whole numbers from 0: [batch, time]. Apply an `embedding` to it.
 * @throws OptionError for an unknown option, or a `time` that is not a positive whole number or null
 */
export function tokens(options?: TimeOptions): Shape<'tokens'> {
  return { kind: 'tokens', time: timeOf('tokens', options) };
}

/**
 * An input of sequences: [batch, time, features]. With one feature, a row may also be given as [time].
 * @param features the number of values at each step
 * @throws OptionError unless `features` and `time` are positive whole numbers (`time` may be null), and for an unknown option
 */
export function sequence(features: number, options?: TimeOptions): Shape<'sequence'> {
  checkValue('sequence: features', features, positiveInteger);
  return { kind: 'sequence', time: timeOf('sequence', options), features };
}

/**
 * An input of vectors, without steps: [batch, features].
 * @param features the number of values in a vector
 * @throws OptionError unless `features` is a positive whole number
 */
export function vector(features: number): Shape<'vector'> {
  return { kind: 'vector', features: checkValue('vector: features', features, positiveInteger) };
}

/**
 * An input of sequences of images: [batch, time, height, width, channels]. Layers of images, such as `conv2d`, are applied
 * to each step.
 * @throws OptionError unless the sizes and `time` are positive whole numbers (`time` may be null), and for an unknown option
 */
export function frames(
  height: number,
  width: number,
  channels: number,
  options?: TimeOptions,
): Shape<'frames'> {
  return { ...image(height, width, channels), kind: 'frames', time: timeOf('frames', options) };
}

/**
 * An input of images: [batch, height, width, channels].
 * @throws OptionError unless the sizes are positive whole numbers
 */
export function image(height: number, width: number, channels: number): Shape<'image'> {
  for (const [name, size] of Object.entries({ height, width, channels }))
    checkValue(`image: ${name}`, size, positiveInteger);
  return { kind: 'image', height, width, channels };
}
