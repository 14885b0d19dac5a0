import type { Tensor } from '../contract/tensor.js';
import { checkOptions, optional, positiveNumber } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { Loss, LossKind } from './loss.js';
import { rowsOf } from './rows.js';
import { encodeTargets } from './targets.js';
import { weightedMean } from './weighted-mean.js';

export function meanSquaredError(options: object): Loss {
  checkOptions('meanSquaredError', options, {});
  return regression('meanSquaredError', (tape, difference) => tape.mul(difference, difference));
}

export function meanAbsoluteError(options: object): Loss {
  checkOptions('meanAbsoluteError', options, {});
  return regression('meanAbsoluteError', (tape, difference) => tape.abs(difference));
}

export function huber(options: object): Loss {
  const { delta } = checkOptions('huber', options, { delta: optional(positiveNumber, 1) });
  return regression('huber', (tape, difference) => {
    // With q = min(|d|, delta), both of its branches are q · (|d| − q/2).
    const size = tape.abs(difference);
    const q = tape.minimum(size, tape.fill([1, 1], delta));
    return tape.mul(q, tape.sub(size, tape.affine(q, 0.5)));
  });
}

/** Creates a loss that is the mean of a function of prediction − target. */
function regression(kind: LossKind, of: (tape: Tape, difference: Tensor) => Tensor): Loss {
  return {
    kind,
    targetKind: 'numbers',
    encode: (ys, layout) => encodeTargets(ys, layout),
    compute: (tape, output, { targets, shape, weights }) =>
      weightedMean(tape, of(tape, tape.sub(rowsOf(tape, output), tape.constant(targets, shape))), weights),
  };
}
