import { checkAborted } from '../abort.js';
import type { Architecture } from '../model/architecture.js';
import { type Random, seededRandom } from '../random.js';
import type { InputBatch } from './inputs.js';
import { encodeNamedInputs, inputOf } from './named-inputs.js';
import { lengthOf } from './ndarray.js';
import { type AnySample, checkSample, openSamples, readSamples, type Samples } from './samples.js';

/** A batch of samples. */
export interface Batch {
  /** The number of samples. */
  readonly size: number;
  /** By the input's name. */
  readonly inputs: Readonly<Record<string, InputBatch>>;
  /** The target of each sample; in a graph an object of them by the output's name. */
  readonly ys: readonly AnySample['y'][];
  /** The weight of each sample, or of each of its steps. */
  readonly weights: readonly AnySample['weight'][];
  /** The index of each sample in the data, for messages. */
  readonly indices: readonly number[];
}

export interface BatchOptions {
  /** The number of samples in a batch; the last batch may have fewer. */
  readonly batchSize: number;
  /**
   * The seed of the shuffle; absent to keep the order of the data. An array is shuffled as a whole, other data within a
   * buffer of {@link shuffleBuffer} samples.
   */
  readonly shuffle?: { readonly seed: number; readonly epoch: number };
  /**
   * Group sequences of similar length, to reduce padding: sort samples within {@link bucketWindow} batches and, with
   * `shuffle`, shuffle these batches. Default false.
   */
  readonly bucketByLength?: boolean;
  /** Ends the pass with an `Aborted`, even while waiting for the source. */
  readonly signal?: AbortSignal;
}

/** The number of samples in the buffer for shuffling data that is not an array. */
export const shuffleBuffer = 1024;

/** The number of batches within which samples are sorted by length. */
export const bucketWindow = 50;

interface Item {
  readonly sample: AnySample;
  readonly index: number;
}

/**
 * Yields the batches of one pass over the samples. The same seed and epoch give the same batches.
 * @throws DataError, like {@link readSamples} and {@link encodeInputs}
 */
export async function* batches(
  samples: Samples<AnySample>,
  model: Pick<Architecture, 'inputs' | 'isChain'>,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  const { batchSize, shuffle, bucketByLength, signal } = options;
  const draw = shuffle && seededRandom(shuffle.seed, 'shuffle', shuffle.epoch);
  const window = bucketByLength ? batchSize * bucketWindow : batchSize;
  for await (const items of chunks(samples, draw, signal, window)) {
    if (bucketByLength) items.sort((a, b) => longestInput(model, a) - longestInput(model, b));
    const groups = bucketByLength ? groupsOf(items, batchSize) : [items];
    if (bucketByLength) draw?.shuffle(groups);
    for (const group of groups) {
      const indices = group.map(({ index }) => index);
      const xs = group.map(({ sample }) => sample.x);
      yield {
        inputs: encodeNamedInputs(model, xs, { indices }),
        size: group.length,
        ys: group.map(({ sample }) => sample.y),
        weights: group.map(({ sample }) => sample.weight),
        indices,
      };
    }
  }
}

/** Steps of the longest input of a sample. */
function longestInput(model: Pick<Architecture, 'inputs' | 'isChain'>, { sample, index }: Item): number {
  const names = Object.keys(model.inputs).filter((name) => 'time' in model.inputs[name].shape);
  return Math.max(0, ...names.map((name) => lengthOf(inputOf(model, sample.x, name, `sample ${index}: x`))));
}

/** Yields the samples in chunks of `size`, in their original order or shuffled. */
async function* chunks(
  samples: Samples<AnySample>,
  draw: Random | undefined,
  signal: AbortSignal | undefined,
  size: number,
): AsyncGenerator<Item[]> {
  const source = openSamples(samples);
  if (Array.isArray(source) && source.length > 0) {
    const order = Array.from(source.keys());
    draw?.shuffle(order);
    for (let at = 0; at < order.length; at += size) {
      checkAborted(signal);
      yield order.slice(at, at + size).map((index) => ({ sample: checkSample(source[index], index), index }));
    }
    return;
  }
  let chunk: Item[] = [];
  for await (const item of streamed(source, draw, signal)) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Yields samples that are not in an array. They are shuffled within a buffer of {@link shuffleBuffer} samples. */
async function* streamed(
  source: Samples<AnySample>,
  draw: Random | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const held: Item[] = [];
  let index = 0;
  for await (const sample of readSamples(source, signal)) {
    const item = { sample, index: index++ };
    if (!draw) yield item;
    else if (held.length < shuffleBuffer) held.push(item);
    else {
      const at = draw.integer(shuffleBuffer);
      yield held[at];
      held[at] = item;
    }
  }
  yield* draw ? draw.shuffle(held) : held;
}

function groupsOf(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
