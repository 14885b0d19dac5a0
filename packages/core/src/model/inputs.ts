/* The inputs of a graph. */
import type { SignalShape } from '../layers/layer.js';
import { checkOptions, checkValue, optional, positiveInteger } from '../options.js';

type Shape<Kind extends SignalShape['kind']> = Extract<SignalShape, { readonly kind: Kind }>;

/** How long the sequences of an input are. */
export interface TimeOptions {
  /** Steps of every sequence. Default null: any number. */
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

/** Token ids, [batch, time]. @throws OptionError for an option that does not exist, or a time that cannot be */
export function tokens(options?: TimeOptions): Shape<'tokens'> {
  return { kind: 'tokens', time: timeOf('tokens', options) };
}

/** Sequences, [batch, time, features]. @throws OptionError for a number of features or a time that cannot be */
export function sequence(features: number, options?: TimeOptions): Shape<'sequence'> {
  checkValue('sequence: features', features, positiveInteger);
  return { kind: 'sequence', time: timeOf('sequence', options), features };
}

/** Vectors, [batch, features]. @throws OptionError for a number of features that cannot be */
export function vector(features: number): Shape<'vector'> {
  return { kind: 'vector', features: checkValue('vector: features', features, positiveInteger) };
}

/** Sequences of images, [batch, time, height, width, channels]. @throws OptionError for a size or a time that cannot be */
export function frames(
  height: number,
  width: number,
  channels: number,
  options?: TimeOptions,
): Shape<'frames'> {
  return { ...image(height, width, channels), kind: 'frames', time: timeOf('frames', options) };
}

/** Images, [batch, height, width, channels]. @throws OptionError for a size that cannot be */
export function image(height: number, width: number, channels: number): Shape<'image'> {
  for (const [name, size] of Object.entries({ height, width, channels }))
    checkValue(`image: ${name}`, size, positiveInteger);
  return { kind: 'image', height, width, channels };
}
