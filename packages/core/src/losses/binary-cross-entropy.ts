import { boolean, checkOptions, optional } from '../options.js';
import { logitsOf } from './logits.js';
import type { Loss } from './loss.js';
import { encodeTargets } from './targets.js';
import { weightedMean } from './weighted-mean.js';

export function binaryCrossEntropy(options: object): Loss {
  const { fromLogits } = checkOptions('binaryCrossEntropy', options, {
    fromLogits: optional(boolean, false),
  });
  return {
    kind: 'binaryCrossEntropy',
    fromLogits,
    encode: (ys, layout) =>
      encodeTargets(ys, layout, {
        problem(target) {
          const wrong = target.find((y) => !(y >= 0 && y <= 1));
          return wrong === undefined ? undefined : `must be from 0 to 1, not ${wrong}`;
        },
      }),
    compute(tape, output, { targets, shape, weights }) {
      // −y log σ(z) − (1 − y) log(1 − σ(z)) = softplus(z) − y · z
      const z = logitsOf(tape, output, { owner: 'binaryCrossEntropy', activation: 'sigmoid', fromLogits });
      const right = tape.mul(tape.constant(targets, shape), z);
      return weightedMean(tape, tape.sub(tape.softplus(z), right), weights);
    },
  };
}
