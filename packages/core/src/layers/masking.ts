import { checkOptions, number, optional } from '../options.js';
import type { Layer } from './layer.js';
import { maskWithin } from './masked-steps.js';
import { requireSequence } from './shapes.js';

export interface MaskingOptions {
  /** The value that marks a masked step: a step is masked if all its features have this value as float32. Default 0. */
  readonly value?: number;
}

/**
 * Masks the steps whose features all have the value `value`. They become zeros, and recurrent layers skip them, as in
 * Keras.
 * @throws OptionError for an unknown option, or a value that is not a finite number
 */
export function masking(
  options: MaskingOptions = {},
): Layer<'masking', Required<MaskingOptions>, 'sequence', 'sequence'> {
  const checked = checkOptions('masking', options, { value: optional(number, 0) });
  const padding = checked.value;
  /** The distance from `value` to the nearest float32 number, so float32 and float64 data give the same mask. */
  const rounding = Math.abs(Math.fround(padding) - padding);
  return {
    kind: 'masking',
    options: checked,
    build(input) {
      return {
        outputShape: requireSequence('masking', input),
        parameters: {},
        apply(tape, { value, lengths }) {
          const distance = tape.max(tape.abs(tape.affine(value, 1, -padding)), [2]);
          const unmasked = tape.step(tape.affine(distance, 1, -rounding));
          const mask = maskWithin(tape, tape.reshape(unmasked, value.shape.slice(0, 2)), lengths);
          return { output: { value: tape.select(unmasked, value, tape.fill([1], 0)), mask } };
        },
      };
    },
  };
}
