import { sizeOf } from '../contract/tensor.js';
import type { Batch } from '../data/batches.js';
import type { Signal } from '../layers/layer.js';
import type { Loss } from '../losses/loss.js';
import type { EncodedTargets } from '../losses/targets.js';
import type { Architecture } from '../model/architecture.js';
import type { Window } from './forward-window.js';

/**
 * Cuts a batch along time into windows of at most `size` steps; if `size` is undefined, into one window. If the output
 * is not a sequence, only the last window has targets.
 */
export function windowsOf(batch: Batch, loss: Loss, model: Architecture, size: number | undefined): Window[] {
  const encode = (output: Signal) => {
    const { shape } = output.value;
    const sequence = shape.length === 3;
    return loss.encode(batch.ys, {
      batch: batch.size,
      time: sequence ? shape[0] : undefined,
      features: shape[shape.length - 1],
      lengths: sequence ? output.lengths?.rows : undefined,
      weights: batch.weights,
      indices: batch.indices,
    });
  };
  const T = batch.shape[0];
  if (size === undefined || size >= T) {
    return [{ x: batch.x, shape: batch.shape, lengths: batch.lengths, targets: encode }];
  }

  const [, ...rest] = batch.shape;
  const row = sizeOf(rest);
  let all: EncodedTargets | undefined;
  return Array.from({ length: Math.ceil(T / size) }, (_, i) => {
    const from = i * size;
    const to = Math.min(from + size, T);
    return {
      x: batch.x.subarray(from * row, to * row),
      shape: [to - from, ...rest],
      lengths: batch.lengths?.map((length) => Math.max(0, Math.min(length, to) - from)),
      targets(output) {
        if (model.output.kind !== 'sequence') return to === T ? encode(output) : undefined;
        all ??= loss.encode(batch.ys, {
          batch: batch.size,
          time: T,
          features: model.output.features,
          lengths: batch.lengths,
          weights: batch.weights,
          indices: batch.indices,
        });
        return rowsOf(all, from * batch.size, to * batch.size);
      },
    };
  });
}

function rowsOf(encoded: EncodedTargets, from: number, to: number): EncodedTargets {
  const { targets, shape, weights, sampleWeights } = encoded;
  const [, ...rest] = shape;
  const width = sizeOf(rest);
  return {
    targets: targets.subarray(from * width, to * width),
    shape: [to - from, ...rest],
    weights: weights.subarray(from, to),
    sampleWeights: sampleWeights?.subarray(from, to),
  };
}
