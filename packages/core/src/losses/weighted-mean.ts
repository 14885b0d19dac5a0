import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/** Σ weights · values / (Σ weights · F) as [1], of values [N, F] and weights [N]; 0 where nothing has a weight. */
export function weightedMean(tape: Tape, values: Tensor, weights: Tensor): Tensor {
  const [rows, features] = values.shape;
  // The weights are constants: what is done to them has no gradient to be computed.
  const shares = tape.div(weights, tape.affine(divisorOf(tape, weights), features));
  return tape.reshape(tape.sum(tape.mul(values, tape.reshape(shares, [rows, 1]))), [1]);
}

/** Σ values / Σ weights as [1]; 0 where the weights are all 0, as the values then are. */
export function ratio(tape: Tape, values: Tensor, weights: Tensor): Tensor {
  return tape.div(tape.reshape(tape.sum(values), [1]), divisorOf(tape, weights));
}

/** Σ weights as [1], or 1 where the weights, which are not negative, are all 0. */
function divisorOf(tape: Tape, weights: Tensor): Tensor {
  const total = tape.sum(weights);
  return tape.add(total, tape.affine(tape.step(total), -1, 1));
}
