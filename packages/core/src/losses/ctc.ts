import { ctcLosses } from '../kernels/ctc.js';
import { boolean, checkOptions, optional, wholeNumber } from '../options.js';
import { encodeLabelSequences } from './label-sequences.js';
import { logitsOf } from './logits.js';
import type { Loss } from './loss.js';
import type { LabelSequences } from './targets.js';
import { weightedMean } from './weighted-mean.js';

export function ctc(options: object): Loss {
  const { fromLogits, ...rules } = checkOptions('ctc', options, {
    blank: optional(wholeNumber, 0),
    zeroInfinity: optional(boolean, false),
    fromLogits: optional(boolean, false),
  });
  return {
    kind: 'ctc',
    fromLogits,
    targetKind: 'labelSequence',
    wholeSequence: 'the labels of a sample are aligned with all of its steps',
    encode: (ys, layout) => encodeLabelSequences(ys, layout, rules),
    compute(tape, output, { targets, shape, weights, sequences }) {
      const rows = logitsOf(tape, output, { owner: 'ctc', activation: 'softmax', fromLogits });
      const { frames, labels, aligned } = sequences as LabelSequences;
      const [batch] = shape;
      /** The numbers of the samples that the loss reads; 0 for those that it leaves out. */
      const counts = (of: readonly number[]) =>
        tape.constant(
          of.map((count, row) => (aligned[row] ? count : 0)),
          [batch],
        );
      const inputs = {
        logits: tape.reshape(rows, output.value.shape),
        targets: tape.constant(targets, shape),
        lengths: counts(frames),
        targetLengths: counts(labels),
      };
      const losses = ctcLosses(tape, inputs, rules.blank);
      return weightedMean(tape, tape.reshape(losses, [batch, 1]), weights);
    },
  };
}
