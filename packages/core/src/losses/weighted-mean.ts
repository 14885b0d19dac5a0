import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/**
 * Computes the weighted mean Σ weights · values / (Σ weights · F) as [1], for values [N, F] and N weights. It is 0 if
 * all weights are 0.
 *
 * @param divisors N numbers to use in place of the weights in the divisor, if the values already contain other weights
 */
export function weightedMean(
  tape: Tape,
  values: Tensor,
  weights: ArrayLike<number>,
  divisors: ArrayLike<number> = weights,
): Tensor {
  const [rows, features] = values.shape;
  let total = 0;
  for (let row = 0; row < rows; row++) total += divisors[row];
  const shares: number[] = [];
  for (let row = 0; row < rows; row++) shares.push(total > 0 ? weights[row] / total / features : 0);
  return tape.reshape(tape.sum(tape.mul(values, tape.constant(shares, [rows, 1]))), [1]);
}
