/*
 * A stateful layer starts row i of a batch from the state of row i of the previous batch, so all batches must have the
 * same size.
 */

import type { AnySample, Samples } from '../data/samples.js';
import { OptionError, ShapeError } from '../errors.js';
import type { LayerState } from '../layers/layer.js';
import type { Architecture } from '../model/architecture.js';
import type { CarriedState } from '../network/carried-state.js';

/**
 * Checks up front that the last batch is complete, if the samples are in an array.
 * @throws OptionError
 */
export function checkStatefulBatches(
  owner: string,
  model: Architecture,
  samples: Samples<AnySample>,
  batchSize: number,
): void {
  const layer = model.nodes.find(({ built }) => built.stateful);
  if (!layer || !Array.isArray(samples)) return;
  const rest = samples.length % batchSize;
  if (rest === 0 || samples.length < batchSize) return;
  throw new OptionError(
    `${owner}: ${model.nameOf(layer)}, is stateful, so all batches must have the same number of samples, but the ` +
      `last of ${samples.length} samples in batches of ${batchSize} has ${rest}. Choose a batchSize that divides the number of samples`,
  );
}

/** @throws ShapeError if a layer's carried state has a different number of rows than the next batch */
export function checkCarriedBatch(model: Architecture, carried: CarriedState, batch: number): void {
  for (const node of model.nodes) {
    const before = carried.rowsOf(node.name) ?? batch;
    if (before === batch) continue;
    throw new ShapeError(
      `${model.nameOf(node)}, is stateful and has the state of a batch of ${before} samples, but the next batch has ${batch}. ` +
        'Choose a batchSize that divides the number of samples',
    );
  }
}

/** The states of stateful layers alone: what goes on from batch to batch. */
export function statefulOnly(
  { nodes }: Architecture,
  state: Readonly<Record<string, LayerState>>,
): Record<string, LayerState> {
  const kept: Record<string, LayerState> = {};
  for (const { name, built } of nodes) if (built.stateful && state[name]) kept[name] = state[name];
  return kept;
}
