import { untilAborted } from '../abort.js';
import { DataError } from '../errors.js';
import { didYouMean, isRecord, show } from '../options.js';
import type { NamedInputs } from './named-inputs.js';
import type { ArrayInput, TypedArray } from './ndarray.js';

/** One example: what goes in and what should come out. `X` and `Y` are the types of a graph's inputs and targets. */
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
   * How much this sample counts in the loss and the metrics, beside the others: a number, 0 or more; or, if the output is
   * a sequence, one for each step. Default 1.
   */
  readonly weight?: number | readonly number[] | TypedArray;
}

/** A sample of any model. */
export type AnySample = Sample<NamedInputs, NamedInputs>;

/**
 * Where samples come from. What is read more than once, as by `fit` with several epochs, must be an array, another
 * iterable that starts anew each time, or a function that returns one: a generator runs once.
 */
export type Samples<Of = Sample> = SampleSource<Of> | (() => SampleSource<Of>);

type SampleSource<Of> = Iterable<Of> | AsyncIterable<Of>;

/**
 * One pass over samples, which ends with an {@link Aborted} once `signal` is aborted.
 * @throws DataError for what cannot be iterated, and for no samples, as a generator has that ran before
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

/** What is iterated in one pass: the source itself, or what the function returns. */
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

/** `sample`, if it is one. @throws DataError */
export function checkSample(sample: AnySample, index: number): AnySample {
  if (!isRecord(sample) || !('x' in sample && 'y' in sample))
    throw new DataError(`sample ${index} must be { x, y }, not ${show(sample)}`);
  for (const key in sample) {
    if (!keys.includes(key))
      throw new DataError(`sample ${index}: unknown key ${show(key)}${didYouMean(key, keys)}`);
  }
  return sample;
}

/** Whether iterating again would go on where the last pass stopped. */
function isOneShot(source: SampleSource<unknown>): boolean {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]() === (source as unknown);
  return source[Symbol.iterator]() === (source as unknown);
}
