import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { encodeModel } from '../files/model-file.js';
import type { LayerState } from '../layers/layer.js';
import type { NetworkBase } from '../network/network-base.js';
import { readWeights } from '../network/weights.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { describeRate } from '../optimizers/schedules.js';
import { currentForms } from './forms.js';
import { toJson } from './json-values.js';
import type { Values } from './metric-runs.js';
import type { CheckedFitOptions } from './options.js';
import type { Plateau } from './plateau.js';
import type { EpochSummary } from './run.js';

/**
 * The progress of a training. The order of the samples and the dropout masks depend only on the seed, epoch and step,
 * so no other random state is stored.
 */
export interface Progress {
  /** The numbers of completed epochs, completed batches of this epoch, and completed windows of this batch. */
  epoch: number;
  batch: number;
  window: number;
  /** The number of weight updates. */
  step: number;
  /** The sums over this epoch: Σ loss · weight and Σ weight. */
  lossSum: number;
  weightSum: number;
  /** The samples of this epoch that the losses left out; absent if no loss leaves out samples. */
  unaligned?: number;
  epochs: EpochSummary[];
  /** The epoch with the best monitored score. */
  best?: { readonly value: number; readonly epoch: number };
  /** With `reduceOnPlateau`. */
  plateau?: Plateau;
  /** The states of the metrics in the middle of an epoch, with `trainingMetrics`. */
  metrics?: Values;
}

/** The full training state needed to resume. */
export interface TrainingState {
  readonly progress: Progress;
  /** By the node's name. */
  readonly carried: Readonly<Record<string, LayerState>>;
  /** The weights of the best epoch, with `restoreBest`. */
  readonly best?: Readonly<Record<string, NDArray>>;
}

/** The settings that must match on resume for identical results. */
export function settings(network: NetworkBase, options: CheckedFitOptions): Record<string, unknown> {
  const {
    lossConfig,
    lossWeights,
    optimizer,
    batchSize,
    shuffle,
    seed,
    bucketByLength,
    clip,
    window,
    restoreBest,
    monitor,
    reduceOnPlateau,
    trainingMetrics,
    checkpointing,
    losses,
  } = options;
  const isDefault = monitor.name === 'loss' && monitor.mode === 'min';
  const measured = losses.flatMap(({ prefix, metrics }) => metrics.map(({ name }) => prefix + name));
  return {
    loss: lossConfig,
    ...(lossWeights && { lossWeights }),
    optimizer: { ...optimizer, learningRate: describeRate(optimizer.learningRate) },
    batchSize,
    shuffle,
    seed,
    networkSeed: network.seed,
    bucketByLength,
    clip,
    window,
    restoreBest,
    ...(!isDefault && { monitor }),
    ...(reduceOnPlateau && { reduceOnPlateau }),
    ...(trainingMetrics && { trainingMetrics: measured }),
    ...(checkpointing && { checkpointing: checkpointing.segments ?? true }),
  };
}

/**
 * Encodes a checkpoint: a model file that also has the optimizer's state (`optimizer.NAME.I`), the layers' state
 * (`state.NODE.I`, in a chain the layer's index), the best weights (`best.NAME`), and how far it has come and in which forms (`training` in the metadata).
 */
export async function encodeCheckpoint(
  network: NetworkBase,
  optimizer: Optimizer,
  options: CheckedFitOptions,
  { progress, carried, best = {} }: TrainingState,
): Promise<Uint8Array> {
  const read = async (x: Tensor): Promise<NDArray> => ({
    data: await network.backend.read(x),
    shape: x.shape,
  });
  const tensors: Record<string, NDArray> = await readWeights(network);
  for (const [name, state] of optimizer.state) {
    for (const [i, x] of state.entries()) tensors[`optimizer.${name}.${i}`] = await read(x);
  }
  for (const [layer, state] of Object.entries(carried)) {
    for (const [i, x] of state.entries()) tensors[`state.${layer}.${i}`] = await read(x);
  }
  for (const [name, array] of Object.entries(best)) tensors[`best.${name}`] = array;
  const training = JSON.stringify({
    settings: settings(network, options),
    progress: toJson(progress),
    forms: currentForms(network.backend),
  });
  return encodeModel(network, tensors, { training });
}
