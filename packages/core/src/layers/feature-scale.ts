import { checkOptions } from '../options.js';
import type { Layer } from './layer.js';
import { requireFeatures } from './shapes.js';

/**
 * Computes y = x ⊙ gain + bias, with a gain and a bias for each feature. A batch normalisation with fixed statistics
 * has this form, with gain γ / √(variance + ε) and bias β − mean ⊙ gain (Ioffe & Szegedy 2015).
 * @throws OptionError if any option is set, because the layer has none
 */
export function featureScale(
  options: Record<string, never> = {},
): Layer<'featureScale', object, 'sequence' | 'vector', 'same'> {
  checkOptions('featureScale', options, {});
  return {
    kind: 'featureScale',
    options: {},
    build(input) {
      const { features } = requireFeatures('featureScale', input);
      return {
        outputShape: requireFeatures('featureScale', input),
        parameters: {
          gain: { shape: [features], initial: 'ones' },
          bias: { shape: [features], initial: 'zeros' },
        },
        apply(tape, { value }, { weights: { gain, bias } }) {
          return { output: { value: tape.add(tape.mul(value, gain), bias) } };
        },
      };
    },
  };
}
