import { OptionError } from '../errors.js';
import { boolean, checkOptions, custom, nonNegativeNumber, optional } from '../options.js';
import { logitsOf } from './logits.js';
import type { LabelPair, Loss } from './loss.js';
import { encodeTargets } from './targets.js';
import { weightedMean } from './weighted-mean.js';

type LabelWeights = LabelPair | readonly LabelPair[];

const isPair = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && [...value].every(nonNegativeNumber.accepts);

const labelWeightsCheck = custom<LabelWeights>(
  'two numbers, 0 or more, for the labels 0 and 1, or two for each output',
  (value) => isPair(value) || (Array.isArray(value) && value.length > 0 && [...value].every(isPair)),
);

export function binaryCrossEntropy(options: object): Loss {
  const { labelWeights, fromLogits } = checkOptions('binaryCrossEntropy', options, {
    labelWeights: optional(labelWeightsCheck),
    fromLogits: optional(boolean, false),
  });
  return {
    kind: 'binaryCrossEntropy',
    fromLogits,
    targetKind: 'labels',
    encode(ys, layout) {
      const pairs = labelWeights && pairsOf(labelWeights, layout.features);
      return encodeTargets(ys, layout, {
        problem(target) {
          const wrong = target.find((y) => !(y >= 0 && y <= 1));
          return wrong === undefined ? undefined : `must be from 0 to 1, not ${wrong}`;
        },
        weightOf:
          pairs &&
          ((target) => target.reduce((sum, y, i) => sum + weightOf(pairs[i], y), 0) / layout.features),
      });
    },
    compute(tape, output, { targets, shape, weights, sampleWeights }) {
      // −y log σ(z) − (1 − y) log(1 − σ(z)) = softplus(z) − y · z
      const z = logitsOf(tape, output, { owner: 'binaryCrossEntropy', activation: 'sigmoid', fromLogits });
      const right = tape.mul(tape.constant(targets, shape), z);
      const losses = tape.sub(tape.softplus(z), right);
      if (!labelWeights) return weightedMean(tape, losses, weights);
      const [, features] = shape;
      const pairs = pairsOf(labelWeights, features);
      const ofLabels = targets.map((y, at) => weightOf(pairs[at % features], y));
      const weighted = tape.mul(losses, tape.constant(ofLabels, shape));
      return weightedMean(tape, weighted, sampleWeights ?? weights, weights);
    },
  };
}

/** The weight of a label. A soft label has a mixture of both weights. */
function weightOf([no, yes]: LabelPair, y: number): number {
  return no + y * (yes - no);
}

/** The pair of each output. @throws OptionError if there are not as many pairs as outputs */
function pairsOf(given: LabelWeights, features: number): readonly LabelPair[] {
  if (isPair(given)) return new Array<LabelPair>(features).fill(given as LabelPair);
  const pairs = given as readonly LabelPair[];
  if (pairs.length === features) return pairs;
  throw new OptionError(
    `binaryCrossEntropy: labelWeights has ${pairs.length} pairs, and the model ${features} outputs`,
  );
}
