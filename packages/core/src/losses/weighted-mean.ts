import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/** Σ weights · values / (Σ weights · F) as [1], of values [N, F] and weights [N]; 0 where nothing has a weight. */
export function weightedMean(tape: Tape, values: Tensor, weights: Tensor): Tensor {
  const [rows, features] = values.shape;
  const weighted = tape.mul(values, tape.reshape(weights, [rows, 1]));
  return tape.affine(ratio(tape, weighted, weights), 1 / features);
}

/** Σ values / Σ weights as [1]; 0 where the weights, which are not negative, are all 0, as the values then are. */
export function ratio(tape: Tape, values: Tensor, weights: Tensor): Tensor {
  const total = tape.sum(weights);
  const divisor = tape.add(total, tape.affine(tape.step(total), -1, 1));
  return tape.div(tape.reshape(tape.sum(values), [1]), divisor);
}
