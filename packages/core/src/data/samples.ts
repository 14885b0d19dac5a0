import { untilAborted } from '../abort.js';
import { DataError, OptionError } from '../errors.js';
import { isRecord, show } from '../options.js';
import type { ArrayInput } from './ndarray.js';

/** One example: what goes in and what should come out. */
export interface Sample {
  /** A sequence [time][features], a vector [features], or token ids [time]. */
  readonly x: ArrayInput;
  /** What the loss compares the output with: a class, a number, or rows of them; one for each step, if the output is a sequence. */
  readonly y: ArrayInput;
}

/**
 * Where samples come from. What is read more than once, as by `fit` with several epochs, must be an array, another
 * iterable that starts anew each time, or a function that returns one: a generator runs once.
 */
export type Samples = SampleSource | (() => SampleSource);

type SampleSource = Iterable<Sample> | AsyncIterable<Sample>;

/**
 * One pass over samples, which ends with an {@link Aborted} once `signal` is aborted.
 * @throws DataError for what cannot be iterated, and for no samples, as a generator has that ran before
 */
export async function* readSamples(samples: Samples, signal?: AbortSignal): AsyncGenerator<Sample> {
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
export function openSamples(samples: Samples): SampleSource {
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

/**
 * Sets the last samples aside, before any shuffling, as Keras does.
 *
 * @param share of all samples, above 0 and below 1
 * @throws OptionError where one of the two parts would be empty
 */
export function splitSamples(
  samples: readonly Sample[],
  share: number,
): { training: readonly Sample[]; validation: readonly Sample[] } {
  if (!Array.isArray(samples)) throw new DataError(`splitSamples: wants an array, not ${show(samples)}`);
  const at = Math.floor(samples.length * (1 - Number(share)));
  if (!(share > 0 && share < 1) || at === 0 || at === samples.length) {
    throw new OptionError(`validation split ${show(share)} of ${samples.length} samples leaves a part empty`);
  }
  return { training: samples.slice(0, at), validation: samples.slice(at) };
}

/** `sample`, if it is one. @throws DataError */
export function checkSample(sample: Sample, index: number): Sample {
  if (isRecord(sample) && 'x' in sample && 'y' in sample) return sample;
  throw new DataError(`sample ${index} must be { x, y }, not ${show(sample)}`);
}

/** Whether iterating again would go on where the last pass stopped. */
function isOneShot(source: SampleSource): boolean {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]() === (source as unknown);
  return source[Symbol.iterator]() === (source as unknown);
}
