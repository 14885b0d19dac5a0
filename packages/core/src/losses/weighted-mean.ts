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
  return tape.reshape(tape.sum(tape.mul(values, sharesOf(tape, values, weights, divisors))), [1]);
}

/**
 * Computes the weighted mean of the squares of `values` [N, F], like {@link weightedMean}. Its gradient takes one pass over the
 * values, where that of its parts takes six.
 */
export function weightedMeanOfSquares(tape: Tape, values: Tensor, weights: ArrayLike<number>): Tensor {
  const { backend } = tape;
  const shares = sharesOf(tape, values, weights, weights);
  const squares = tape.own(backend.binary('mul', values, values));
  const weighted = tape.own(backend.binary('mul', squares, shares));
  const mean = backend.reshape(tape.own(backend.sum(weighted, [0, 1])), [1]);
  tape.record([values], [mean], ([dMean]) => {
    const slopes = tape.affine(tape.mul(shares, dMean as Tensor), 2);
    return [tape.mul(values, slopes)];
  });
  return mean;
}

/** The factors [N, 1] of the rows of `values` [N, F] in a weighted mean. */
function sharesOf(
  tape: Tape,
  { shape: [rows, features] }: Tensor,
  weights: ArrayLike<number>,
  divisors: ArrayLike<number>,
): Tensor {
  let total = 0;
  for (let row = 0; row < rows; row++) total += divisors[row];
  const shares: number[] = [];
  for (let row = 0; row < rows; row++) shares.push(total > 0 ? weights[row] / total / features : 0);
  return tape.constant(shares, [rows, 1]);
}
