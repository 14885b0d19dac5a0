import { untilAborted } from '../abort.js';
import { DataError } from '../errors.js';
import { didYouMean, isRecord, show } from '../options.js';
import type { NamedInputs } from './named-inputs.js';
import type { ArrayInput, TypedArray } from './ndarray.js';

/** An example to learn from: the input x and the target y. `X` and `Y` are the types of a graph's inputs and targets. */
export interface Sample<X = ArrayInput, Y = ArrayInput> {
  /**
   * A sequence [time][features], a vector [features], token ids [time], frames [time][height][width][channels] or an image
   * [height][width][channels]; for a graph an object with each input by its name.
   */
  readonly x: X;
  /**
   * What the loss compares the output with: a class, a number, or rows of them; one for each step, if the output is a
   * sequence. For a graph an object with a target for each output that has a loss.
   */
  readonly y: Y;
  /**
   * The weight of this sample in the loss and the metrics: a number, 0 or more or, if the output is a sequence, one
   * number for each step. Default 1.
   */
  readonly weight?: number | readonly number[] | TypedArray;
}

/** A sample of any model. */
export type AnySample = Sample<NamedInputs, NamedInputs>;

/**
 * A source of samples. If it is read more than once, as by `fit` with several epochs, it must be an array, another
 * iterable that can be restarted, or a function that returns one. A generator can be read only once.
 */
export type Samples<Of = Sample> = SampleSource<Of> | (() => SampleSource<Of>);

type SampleSource<Of> = Iterable<Of> | AsyncIterable<Of>;

/**
 * Reads the samples once. Throws an {@link Aborted} when `signal` is aborted.
 * @throws DataError for a value that cannot be iterated, and for an empty source, such as a generator that has already
 *   been read
 */
export async function* readSamples(
  samples: Samples<AnySample>,
  signal?: AbortSignal,
): AsyncGenerator<AnySample> {
  const source = openSamples(samples);
  let count = 0;
  for await (const sample of untilAborted(source, signal)) {
    yield checkSample(sample, count++);
  }
  if (count > 0) return;
  const hint = isOneShot(source)
    ? '; a generator runs only once: pass an array, or a function that returns a new one'
    : '';
  throw new DataError(`there are no samples${hint}`);
}

/** Returns the iterable for one pass: the source itself, or the result of the function. */
export function openSamples(samples: Samples<AnySample>): SampleSource<AnySample> {
  const source = typeof samples === 'function' ? samples() : samples;
  const iterable =
    typeof source === 'object' && source && (Symbol.iterator in source || Symbol.asyncIterator in source);
  if (!iterable) {
    throw new DataError(
      `samples must be an array, an iterable, or a function that returns one, not ${show(source)}`,
    );
  }
  return source;
}

const keys = ['x', 'y', 'weight'];

/** Returns `sample` if it is valid. @throws DataError if it is not */
export function checkSample(sample: AnySample, index: number): AnySample {
  if (!isRecord(sample) || !('x' in sample && 'y' in sample))
    throw new DataError(`sample ${index} must be { x, y }, not ${show(sample)}`);
  for (const key in sample) {
    if (!keys.includes(key))
      throw new DataError(`sample ${index}: unknown key ${show(key)}${didYouMean(key, keys)}`);
  }
  return sample;
}

/** Returns true if the source is its own iterator, which can be read only once. */
function isOneShot(source: SampleSource<unknown>): boolean {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]() === (source as unknown);
  return source[Symbol.iterator]() === (source as unknown);
}
