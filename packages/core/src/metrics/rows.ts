/* How metrics read outputs and targets, row by row. */
import type { NDArray } from '../data/ndarray.js';
import type { Loss, TargetKind } from '../losses/loss.js';
import type { EncodedTargets } from '../losses/targets.js';

/** F numbers of an output, or its target: F numbers, or one class. */
export type Row = NDArray['data'];

/** Calls `see` for each output that counts: that is neither padding nor masked, and whose sample and label weigh something. */
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
 * What the targets are. Of a custom loss that does not say: classes where a target is one class, or there are several
 * outputs; else labels.
 */
export function targetKindOf({ targetKind }: Loss, targets: EncodedTargets, features: number): TargetKind {
  return targetKind ?? (targets.shape.length === 1 || features > 1 ? 'classes' : 'labels');
}

/** The most probable class: the first of those with the largest number. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The class that is right: of a row of probabilities the most probable. */
export function classOf(target: ArrayLike<number>): number {
  return target.length === 1 ? target[0] : argmax(target);
}

/** What an output of labels is compared with: `probability`, or its logit where the output is logits. */
export function thresholdOf({ fromLogits }: Loss, probability = 0.5): number {
  return fromLogits ? Math.log(probability / (1 - probability)) : probability;
}

/** The probabilities of the classes: the output, or its softmax where it is logits. */
export function classProbabilities(output: Row, { fromLogits }: Loss): Row {
  if (!fromLogits) return output;
  const logits = Float64Array.from(output);
  const largest = logits.reduce((most, z) => Math.max(most, z), -Infinity);
  const powers = logits.map((z) => Math.exp(z - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
