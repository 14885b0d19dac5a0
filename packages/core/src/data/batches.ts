import { checkAborted } from '../abort.js';
import type { Architecture } from '../model/architecture.js';
import { type Random, seededRandom } from '../random.js';
import type { InputBatch } from './inputs.js';
import { encodeNamedInputs, inputOf } from './named-inputs.js';
import { lengthOf } from './ndarray.js';
import { type AnySample, checkSample, openSamples, readSamples, type Samples } from './samples.js';

/** Some samples, side by side. */
export interface Batch {
  /** Number of samples. */
  readonly size: number;
  /** By the input's name. */
  readonly inputs: Readonly<Record<string, InputBatch>>;
  /** The target of each sample; in a graph an object of them by the output's name. */
  readonly ys: readonly AnySample['y'][];
  /** What each sample weighs, or each of its steps. */
  readonly weights: readonly AnySample['weight'][];
  /** Where each sample stands in the data, for messages. */
  readonly indices: readonly number[];
}

export interface BatchOptions {
  /** Samples in a batch; the last may have fewer. */
  readonly batchSize: number;
  /** Absent: the order of the data. An array is shuffled whole, other data within {@link shuffleBuffer} samples. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number };
  /**
   * Put sequences of like length together, so that little is padded: sorts within {@link bucketWindow} batches, and with
   * `shuffle` brings these batches into random order. Default false.
   */
  readonly bucketByLength?: boolean;
  /** Ends the pass with an `Aborted`, also while the source is asked for a sample. */
  readonly signal?: AbortSignal;
}

/** Samples held back to draw from when data that is not an array is shuffled. */
export const shuffleBuffer = 1024;

/** Batches among which samples are sorted by length. */
export const bucketWindow = 50;

interface Item {
  readonly sample: AnySample;
  readonly index: number;
}

/**
 * One pass over the samples in batches. The same seed and epoch give the same batches.
 * @throws DataError as {@link readSamples} and {@link encodeInputs} do
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

/** The samples in their order, or in the one that is drawn, `size` at a time. */
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

/** Samples that are not in an array; shuffled within {@link shuffleBuffer} of them. */
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
