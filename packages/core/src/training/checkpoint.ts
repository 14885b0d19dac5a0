import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { FormatError, OptionError } from '../errors.js';
import { encodeModel, parse, pick } from '../files/model-file.js';
import { decodeSafetensors } from '../files/safetensors.js';
import type { Network } from '../network.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { isRecord, show } from '../options.js';
import type { CheckedFitOptions } from './options.js';
import type { EpochSummary } from './run.js';

/** How far a training has come. Order and dropout are drawn by seed, epoch and step, so no other random state is kept. */
export interface Progress {
  /** Epochs completed, batches of this epoch completed, windows of this batch completed. */
  epoch: number;
  batch: number;
  window: number;
  /** Updates of the weights. */
  step: number;
  /** Of this epoch: Σ loss · weight and Σ weight. */
  lossSum: number;
  weightSum: number;
  epochs: EpochSummary[];
  /** The epoch with the lowest loss. */
  best?: { readonly loss: number; readonly epoch: number };
}

/** Everything that makes a training what it is from here on. */
export interface TrainingState {
  readonly progress: Progress;
  /** By layer. */
  readonly carried: readonly (readonly Tensor[])[];
  /** The weights of the best epoch, if they are to be put back. */
  readonly best?: Readonly<Record<string, NDArray>>;
}

/** What must be the same on both sides of a break for the numbers to be. */
function settings(network: Network, options: CheckedFitOptions): Record<string, unknown> {
  const { loss, optimizer, batchSize, shuffle, seed, bucketByLength, clip, window, restoreBest } = options;
  const networkSeed = network.seed;
  return {
    loss: loss.kind,
    optimizer,
    batchSize,
    shuffle,
    seed,
    networkSeed,
    bucketByLength,
    clip,
    window,
    restoreBest,
  };
}

/**
 * A model file that also has, for a training to go on: the optimizer's state (`optimizer.NAME.I`), the carried state
 * (`state.LAYER.I`), the best weights (`best.NAME`), and how far it has come (`training` in the metadata).
 */
export async function encodeCheckpoint(
  network: Network,
  optimizer: Optimizer,
  options: CheckedFitOptions,
  { progress, carried, best = {} }: TrainingState,
): Promise<Uint8Array> {
  const read = async (x: Tensor): Promise<NDArray> => ({
    data: await network.backend.read(x),
    shape: x.shape,
  });
  const tensors: Record<string, NDArray> = await network.getWeights();
  for (const [name, state] of optimizer.state) {
    for (const [i, x] of state.entries()) tensors[`optimizer.${name}.${i}`] = await read(x);
  }
  for (const [layer, state] of carried.entries()) {
    for (const [i, x] of state.entries()) tensors[`state.${layer}.${i}`] = await read(x);
  }
  for (const [name, array] of Object.entries(best)) tensors[`best.${name}`] = array;
  const training = JSON.stringify({ settings: settings(network, options), progress });
  return encodeModel(network, tensors, { training });
}

/**
 * Puts a network and an optimizer back to where a checkpoint was written.
 * @throws FormatError for bytes that are not a checkpoint of this model; OptionError where the options are not those of
 *   the training that wrote it
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  network: Network,
  optimizer: Optimizer,
  options: CheckedFitOptions,
): TrainingState {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const written = metadata.training === undefined ? undefined : parse('training', metadata.training);
  if (!isRecord(written) || !isRecord(written.settings) || !isProgress(written.progress)) {
    throw new FormatError('the file is a model, not a checkpoint: its metadata has no training to resume');
  }
  if (JSON.stringify(parse('model', metadata.model)) !== JSON.stringify(network.model)) {
    throw new FormatError('the checkpoint is of another model');
  }
  for (const [name, now] of Object.entries(settings(network, options))) {
    if (JSON.stringify(now) !== JSON.stringify(written.settings[name])) {
      throw new OptionError(
        `resume: ${name} is ${show(now)}, and was ${show(written.settings[name])} when the checkpoint was written. ` +
          'To train on with other options, load the file and begin a new fit',
      );
    }
  }
  const names = [...network.parameters.keys()];
  const { progress } = written;
  network.setWeights(pick(tensors, names));
  restoreOptimizer(network, optimizer, tensors, progress.step);
  const best = Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(tensors, `best.${name}`))
      .map((name) => [name, tensors[`best.${name}`]]),
  );
  return {
    progress,
    carried: network.model.built.map((_, layer) => uploadAll(network.backend, tensors, `state.${layer}`)),
    best: Object.keys(best).length > 0 ? best : undefined,
  };
}

function restoreOptimizer(
  { backend, parameters }: Network,
  optimizer: Optimizer,
  tensors: Readonly<Record<string, NDArray>>,
  step: number,
): void {
  const state = new Map(
    [...parameters.keys()].map((name) => [name, uploadAll(backend, tensors, `optimizer.${name}`)]),
  );
  try {
    optimizer.restore(step, state, parameters);
  } catch (cause) {
    for (const x of [...state.values()].flat()) backend.free(x);
    throw new FormatError(`the checkpoint's optimizer state does not fit: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The tensors `PREFIX.0`, `PREFIX.1` …, as many as there are. */
function uploadAll(backend: Backend, tensors: Readonly<Record<string, NDArray>>, prefix: string): Tensor[] {
  const found: NDArray[] = [];
  while (Object.hasOwn(tensors, `${prefix}.${found.length}`))
    found.push(tensors[`${prefix}.${found.length}`]);
  return found.map(({ data, shape }) => backend.upload(data, shape));
}

function isProgress(value: unknown): value is Progress {
  if (!isRecord(value) || !Array.isArray(value.epochs)) return false;
  const counts = [value.epoch, value.batch, value.window, value.step];
  const whole = counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  return whole && Number.isFinite(value.lossSum) && Number.isFinite(value.weightSum);
}
