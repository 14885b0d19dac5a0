import { checkOptions, fraction } from '../options.js';
import { dropoutMask } from './dropout-mask.js';
import type { Layer } from './layer.js';
import { type NumberKind, requireNumbers } from './shapes.js';

export interface DropoutOptions {
  /** The fraction of elements to drop, from 0 to below 1. */
  readonly rate: number;
}

/**
 * Drops a fraction of the input's elements during training, each one independently (Srivastava et al. 2014).
 * @throws OptionError for a rate outside [0, 1)
 */
export function dropout(options: DropoutOptions): Layer<'dropout', DropoutOptions, NumberKind, 'same'> {
  const checked = checkOptions('dropout', options, { rate: fraction });
  const { rate } = checked;
  return {
    kind: 'dropout',
    options: checked,
    build(input) {
      return {
        outputShape: requireNumbers('dropout', input),
        parameters: {},
        drawsEachStep: true,
        apply(tape, signal, { training, random }) {
          if (!training || rate === 0) return { output: signal };
          const mask = dropoutMask(tape, random('mask'), rate, signal.value.shape);
          return { output: { value: tape.mul(signal.value, mask) } };
        },
      };
    },
  };
}
