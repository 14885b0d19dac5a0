import { checkOptions, number, optional } from '../options.js';
import type { Layer } from './layer.js';
import { maskWithin } from './masked-steps.js';
import { wantSequence } from './shapes.js';

export interface MaskingOptions {
  /** What every feature of a step to be left out is, compared as float32. Default 0. */
  readonly value?: number;
}

/**
 * Leaves out the steps whose features all are `value`: they become zeros, and recurrent layers read past them, as in
 * Keras.
 * @throws OptionError for an option it does not have, or a value that is not a finite number
 */
export function masking(
  options: MaskingOptions = {},
): Layer<'masking', Required<MaskingOptions>, 'sequence', 'sequence'> {
  const checked = checkOptions('masking', options, { value: optional(number, 0) });
  const padding = checked.value;
  /** How far the float32 nearest to `value` is from it: data of either precision is compared alike. */
  const rounding = Math.abs(Math.fround(padding) - padding);
  return {
    kind: 'masking',
    options: checked,
    build(input) {
      return {
        outputShape: wantSequence('masking', input),
        parameters: {},
        apply(tape, { value, lengths }) {
          const distance = tape.max(tape.abs(tape.affine(value, 1, -padding)), [2]);
          const kept = tape.step(tape.affine(distance, 1, -rounding));
          const mask = maskWithin(tape, tape.reshape(kept, value.shape.slice(0, 2)), lengths);
          return { output: { value: tape.select(kept, value, tape.fill([1], 0)), mask } };
        },
      };
    },
  };
}
