import type { Tensor } from '../contract/tensor.js';
import { checkOptions, optional, positiveNumber } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { Loss, LossKind } from './loss.js';
import { rowsOf } from './rows.js';
import { encodeTargets } from './targets.js';
import { weightedMean, weightedMeanOfSquares } from './weighted-mean.js';

export function meanSquaredError(options: object): Loss {
  checkOptions('meanSquaredError', options, {});
  return {
    ...regressionTargets('meanSquaredError'),
    compute: (tape, { value }, { targets, weights }) =>
      weightedMeanOfSquares(tape, value, tape.constant(targets, value.shape), weights),
  };
}

export function meanAbsoluteError(options: object): Loss {
  checkOptions('meanAbsoluteError', options, {});
  return regression('meanAbsoluteError', (tape, difference, weights) =>
    weightedMean(tape, tape.abs(difference), weights),
  );
}

export function huber(options: object): Loss {
  const { delta } = checkOptions('huber', options, { delta: optional(positiveNumber, 1) });
  return regression('huber', (tape, difference, weights) => {
    // With q = min(|d|, delta), both of its branches are q · (|d| − q/2).
    const size = tape.abs(difference);
    const q = tape.minimum(size, tape.fill([1, 1], delta));
    return weightedMean(tape, tape.mul(q, tape.sub(size, tape.affine(q, 0.5))), weights);
  });
}

/** Creates a loss that is the weighted mean of a function of prediction − target [N, F]. */
function regression(
  kind: LossKind,
  meanOf: (tape: Tape, difference: Tensor, weights: ArrayLike<number>) => Tensor,
): Loss {
  return {
    ...regressionTargets(kind),
    compute: (tape, output, { targets, shape, weights }) =>
      meanOf(tape, tape.sub(rowsOf(tape, output), tape.constant(targets, shape)), weights),
  };
}

function regressionTargets(kind: LossKind): Pick<Loss, 'kind' | 'targetKind' | 'encode'> {
  return { kind, targetKind: 'numbers', encode: (ys, layout) => encodeTargets(ys, layout) };
}
