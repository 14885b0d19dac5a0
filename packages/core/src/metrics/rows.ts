/* How metrics read outputs and targets row by row. */
import type { NDArray } from '../data/ndarray.js';
import type { Loss, TargetKind } from '../losses/loss.js';
import type { EncodedTargets } from '../losses/targets.js';

/** One output of F numbers. */
export type Row = NDArray['data'];

/** Calls `see` for each output that is counted: not padding, not masked, and with a sample and label weight above 0. */
export function eachRow(
  { data, shape }: NDArray,
  { targets, weights, sampleWeights = weights }: EncodedTargets,
  see: (output: Row, target: Float64Array, weight: number) => void,
): void {
  const features = shape[shape.length - 1];
  const width = targets.length / weights.length;
  for (const [n, weight] of sampleWeights.entries()) {
    if (weight === 0) continue;
    const output = data.subarray(n * features, (n + 1) * features);
    see(output, targets.subarray(n * width, (n + 1) * width), weight);
  }
}

/**
 * The kind of the targets. If a custom loss does not set it: classes if a target is a class index or there are several
 * outputs, otherwise labels.
 */
export function targetKindOf({ targetKind }: Loss, targets: EncodedTargets, features: number): TargetKind {
  return targetKind ?? (targets.shape.length === 1 || features > 1 ? 'classes' : 'labels');
}

/** The index of the largest number; the first one if there are several. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The correct class. For a row of probabilities, the most probable class. */
export function classOf(target: ArrayLike<number>): number {
  return target.length === 1 ? target[0] : argmax(target);
}

/** The threshold for an output of labels: `probability`, or its logit if the model outputs logits. */
export function thresholdOf({ fromLogits }: Loss, probability = 0.5): number {
  return fromLogits ? Math.log(probability / (1 - probability)) : probability;
}

/** The class probabilities: the output, or its softmax if the model outputs logits. */
export function classProbabilities(output: Row, { fromLogits }: Loss): Row {
  if (!fromLogits) return output;
  const logits = Float64Array.from(output);
  const largest = logits.reduce((most, z) => Math.max(most, z), -Infinity);
  const powers = logits.map((z) => Math.exp(z - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
