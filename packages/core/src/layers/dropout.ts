import { checkValue, fraction } from '../options.js';
import { dropoutMask } from './dropout-mask.js';
import type { Layer } from './layer.js';
import { wantFeatures } from './shapes.js';

/**
 * Drops a share `rate` of its input in training, each element by itself (Srivastava et al. 2014).
 * @throws OptionError for a rate outside [0, 1)
 */
export function dropout(rate: number): Layer {
  checkValue('dropout: rate', rate, fraction);
  return {
    kind: 'dropout',
    options: { rate },
    build(input) {
      return {
        outputShape: wantFeatures('dropout', input),
        parameters: {},
        apply(tape, signal, { training, random }) {
          if (!training || rate === 0) return { outputs: [signal] };
          const mask = dropoutMask(tape, random('mask'), rate, signal.value.shape);
          return { outputs: [{ ...signal, value: tape.mul(signal.value, mask), logits: undefined }] };
        },
      };
    },
  };
}
