import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/**
 * Σ weights · values / (Σ weights · F) as [1], of values [N, F] and N weights; 0 where nothing has a weight.
 * @param counts what each row counts in the divisor, if not its weight: where values are weighted already
 */
export function weightedMean(
  tape: Tape,
  values: Tensor,
  weights: ArrayLike<number>,
  counts: ArrayLike<number> = weights,
): Tensor {
  const [rows, features] = values.shape;
  let total = 0;
  for (let row = 0; row < rows; row++) total += counts[row];
  const shares: number[] = [];
  for (let row = 0; row < rows; row++) shares.push(total > 0 ? weights[row] / total / features : 0);
  return tape.reshape(tape.sum(tape.mul(values, tape.constant(shares, [rows, 1]))), [1]);
}
