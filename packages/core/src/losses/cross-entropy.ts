import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { boolean, checkOptions, custom, nonNegativeNumber, optional } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { logitsOf } from './logits.js';
import type { Loss } from './loss.js';
import { encodeTargets, type TargetRules } from './targets.js';
import { ratio } from './weighted-mean.js';

const weightList = custom<readonly number[]>(
  'a list of numbers, 0 or more, one for each class',
  (value) => Array.isArray(value) && value.every(nonNegativeNumber.accepts),
);

export function crossEntropy(options: object): Loss {
  const { labelWeights, fromLogits } = checkOptions('crossEntropy', options, {
    labelWeights: optional(weightList),
    fromLogits: optional(boolean, false),
  });
  return {
    kind: 'crossEntropy',
    fromLogits,
    encode(ys, layout) {
      if (labelWeights && labelWeights.length !== layout.features) {
        const { length } = labelWeights;
        throw new OptionError(
          `crossEntropy: labelWeights has ${length} numbers, and the model ${layout.features} classes`,
        );
      }
      return encodeTargets(ys, layout, rules(layout.features, labelWeights));
    },
    compute(tape, prediction, targets, weights) {
      const logits = logitsOf('crossEntropy', 'softmax', prediction, fromLogits);
      if (targets.shape.length === 1) return ofClasses(tape, logits, targets, weights);
      const [, classes] = logits.shape;
      return ofRows(
        tape,
        logits,
        labelWeights ? tape.mul(targets, tape.constant(labelWeights, [1, classes])) : targets,
        weights,
      );
    },
  };
}

/** By the fused kernel, where there is one. */
function ofClasses(tape: Tape, logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const [rows, classes] = logits.shape;
  const spec = { rows, classes, training: tape.watches(logits) };
  const kernel = tape.fused.crossEntropy;
  const reason = kernel ? kernel.declines(spec) : 'no fused kernel';
  if (!kernel || reason !== undefined) {
    tape.ran.push({ kernel: 'crossEntropy', way: 'composed', reason });
    // The row of a class, times its weight. Comparing is exact also where rows · classes is past float32's whole numbers.
    const all = tape.constant(
      Array.from({ length: classes }, (_, c) => c),
      [1, classes],
    );
    const isOther = tape.step(tape.abs(tape.sub(tape.reshape(targets, [rows, 1]), all)));
    const oneHot = tape.affine(isOther, -1, 1);
    return ofRows(tape, logits, tape.mul(oneHot, tape.reshape(weights, [rows, 1])), weights);
  }
  tape.ran.push({ kernel: 'crossEntropy', way: 'fused' });
  const inputs = { logits, targets, weights };
  const outputs = kernel.forward(spec, inputs);
  for (const saved of outputs.saved) tape.own(saved);
  tape.record([logits], [outputs.loss], ([dLoss]) => [
    tape.own(kernel.backward(spec, inputs, outputs, dLoss as Tensor)),
  ]);
  return outputs.loss;
}

/** Σ rows · (−log softmax(logits)) / Σ weights; rows [N, C] have their weight in them. */
function ofRows(tape: Tape, logits: Tensor, rows: Tensor, weights: Tensor): Tensor {
  return ratio(tape, tape.mul(rows, tape.affine(tape.logSoftmax(logits), -1)), weights);
}

function rules(classes: number, labelWeights?: readonly number[]): TargetRules {
  const weightOf = (label: number) => labelWeights?.[label] ?? 1;
  const sum = (row: Float64Array, of: (value: number, label: number) => number) =>
    row.reduce((total, value, label) => total + of(value, label), 0);
  return {
    classes: true,
    problem(target, isClass) {
      if (isClass) {
        const [label] = target;
        if (Number.isInteger(label) && label >= 0 && label < classes) return undefined;
        return `must be a class, a whole number from 0 to ${classes - 1}, not ${label}`;
      }
      const total = sum(target, (share) => share);
      if (target.every((share) => share >= 0) && Math.abs(total - 1) < 1e-3) return undefined;
      return `must be probabilities that add up to 1, not [${target}]`;
    },
    weightOf(target, isClass) {
      return isClass ? weightOf(target[0]) : sum(target, (share, label) => share * weightOf(label));
    },
  };
}
