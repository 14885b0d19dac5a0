import { rowIndex } from './indexing';
import { rowMaximum } from './reduce';
import { softmaxRow } from './softmax';
import { at, splat, storeLanes } from './vector';

/**
 * Weighted softmax cross-entropy. logits and probabilities are [rows, classes], targets and weights [rows], loss [1]:
 * loss = Σ w · −log softmax(logits)[target] / Σ w over the rows, or 0 if Σ w is 0; probabilities = softmax(logits).
 * @returns the first row whose target is not a class, or -1 if there is none
 */
export function crossEntropy(
  logits: usize, targets: usize, weights: usize, probabilities: usize, loss: usize, rows: i32, classes: i32,
): i32 {
  let total: f64 = 0;
  let totalWeight: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const target = rowIndex(load<f32>(at(targets, row)), classes);
    if (target < 0) return row;
    const largest = rowMaximum(logits, classes);
    const logTotal = softmaxRow(logits, probabilities, classes, largest);
    const weight: f64 = load<f32>(at(weights, row));
    total += weight * (<f64>logTotal + largest - load<f32>(at(logits, target)));
    totalWeight += weight;
    logits = at(logits, classes);
    probabilities = at(probabilities, classes);
  }
  store<f32>(loss, totalWeight == 0 ? 0 : <f32>(total / totalWeight));
  return -1;
}

/** dLogits [rows, classes] = dLoss [1] · w / Σ w · (probabilities [rows, classes] − one-hot target). */
export function crossEntropyGradient(
  probabilities: usize, targets: usize, weights: usize, dLoss: usize, dLogits: usize, rows: i32, classes: i32,
): void {
  let totalWeight: f64 = 0;
  for (let row = 0; row < rows; row++) totalWeight += load<f32>(at(weights, row));
  const scale: f64 = totalWeight == 0 ? 0 : <f64>load<f32>(dLoss) / totalWeight;
  for (let row = 0; row < rows; row++) {
    const factor = <f32>(scale * load<f32>(at(weights, row)));
    for (let i = 0; i < classes; i += 4) {
      storeLanes(at(dLogits, i), f32x4.mul(v128.load(at(probabilities, i)), splat(factor)), classes - i);
    }
    const target = at(dLogits, <i32>load<f32>(at(targets, row)));
    store<f32>(target, load<f32>(target) - factor);
    probabilities = at(probabilities, classes);
    dLogits = at(dLogits, classes);
  }
}
