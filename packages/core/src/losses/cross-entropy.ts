import { OptionError } from '../errors.js';
import { crossEntropyOfRows, softmaxCrossEntropy } from '../kernels/cross-entropy.js';
import { boolean, checkOptions, custom, nonNegativeNumber, optional, show } from '../options.js';
import { logitsOf } from './logits.js';
import type { Loss } from './loss.js';
import { encodeTargets, type TargetRules } from './targets.js';

const weightList = custom<readonly number[]>(
  'a list of numbers, 0 or more, one for each class',
  (value) => Array.isArray(value) && [...value].every(nonNegativeNumber.accepts),
);

export function crossEntropy(options: object): Loss {
  const { labelWeights, ignoreLabel, fromLogits } = checkOptions('crossEntropy', options, {
    labelWeights: optional(weightList),
    ignoreLabel: optional(custom<number>('a whole number', Number.isInteger)),
    fromLogits: optional(boolean, false),
  });
  return {
    kind: 'crossEntropy',
    fromLogits,
    targetKind: 'classes',
    encode(ys, layout) {
      if (labelWeights && labelWeights.length !== layout.features) {
        const { length } = labelWeights;
        throw new OptionError(
          `crossEntropy: labelWeights has ${length} numbers, and the model ${layout.features} classes`,
        );
      }
      return encodeTargets(ys, layout, rules(layout.features, labelWeights, ignoreLabel));
    },
    compute(tape, output, encoded) {
      const logits = logitsOf(tape, output, { owner: 'crossEntropy', activation: 'softmax', fromLogits });
      const { shape, sampleWeights } = encoded;
      const targets = tape.constant(encoded.targets, shape);
      const weights = tape.constant(encoded.weights, [shape[0]]);
      if (shape.length === 1) return softmaxCrossEntropy(tape, { logits, targets, weights });
      const ofLabels = labelWeights
        ? tape.mul(targets, tape.constant(labelWeights, [1, labelWeights.length]))
        : targets;
      const rows = sampleWeights ? tape.mul(ofLabels, tape.constant(sampleWeights, [shape[0], 1])) : ofLabels;
      return crossEntropyOfRows(tape, logits, rows, weights);
    },
  };
}

function rules(classes: number, labelWeights?: readonly number[], ignored?: number): TargetRules {
  const weightOf = (label: number) => labelWeights?.[label] ?? 1;
  const sum = (row: Float64Array, of: (value: number, label: number) => number) =>
    row.reduce((total, value, label) => total + of(value, label), 0);
  return {
    classes: true,
    ignored,
    problem(target, isClass) {
      if (isClass) {
        const [label] = target;
        if (Number.isInteger(label) && label >= 0 && label < classes) return undefined;
        const orIgnored = ignored === undefined ? '' : `, or ${ignored}, which is ignored`;
        return `must be a class, a whole number from 0 to ${classes - 1}${orIgnored}, not ${label}`;
      }
      const total = sum(target, (share) => share);
      if (target.every((share) => share >= 0) && Math.abs(total - 1) < 1e-3) return undefined;
      return `must be probabilities that add up to 1, not ${show([...target.subarray(0, 100)])}`;
    },
    weightOf(target, isClass) {
      return isClass ? weightOf(target[0]) : sum(target, (share, label) => share * weightOf(label));
    },
  };
}
