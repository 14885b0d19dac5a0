import { sizeOf, type Tensor } from '../contract/tensor.js';
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
 * Computes the weighted mean of (values − targets)², like {@link weightedMean}. Its gradient takes one pass over the values,
 * where that of its parts takes six.
 */
export function weightedMeanOfSquares(
  tape: Tape,
  values: Tensor,
  targets: Tensor,
  weights: ArrayLike<number>,
): Tensor {
  const { backend } = tape;
  const multiply = (a: Tensor, b: Tensor) => tape.own(backend.binary('mul', a, b));
  const shares = sharesOf(tape, values, weights, weights);
  const differences = tape.own(backend.binary('sub', values, targets));
  const weighted = multiply(multiply(differences, differences), shares);
  const axes = values.shape.map((_, axis) => axis);
  const mean = backend.reshape(tape.own(backend.sum(weighted, axes)), [1]);
  tape.record([values], [mean], ([dMean]) => {
    const slopes = tape.own(backend.affine(multiply(shares, dMean as Tensor), 2, 0));
    return [multiply(differences, slopes)];
  });
  return mean;
}

/** The factors of the rows of `values` [..., F] in a weighted mean: [..., 1], or [1] if all rows have the same. */
function sharesOf(
  tape: Tape,
  { shape }: Tensor,
  weights: ArrayLike<number>,
  divisors: ArrayLike<number>,
): Tensor {
  const leading = shape.slice(0, -1);
  const rows = sizeOf(leading);
  const features = shape[leading.length];
  let total = 0;
  for (let row = 0; row < rows; row++) total += divisors[row];
  const share = (row: number) => (total > 0 ? weights[row] / total / features : 0);
  let alike = 1;
  while (alike < rows && weights[alike] === weights[0]) alike++;
  if (alike === rows) return tape.fill([1], share(0));
  return tape.constant(
    Float64Array.from({ length: rows }, (_, row) => share(row)),
    [...leading, 1],
  );
}
