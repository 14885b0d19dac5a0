import { checkOptions } from '../options.js';
import type { Layer } from './layer.js';
import { wantFeatures } from './shapes.js';

/**
 * y = x ⊙ gain + bias, with a gain and a bias for each feature: what a batch normalisation is once its statistics stand
 * still, with gain γ / √(variance + ε) and bias β − mean ⊙ gain (Ioffe & Szegedy 2015).
 * @throws OptionError for any option: it has none
 */
export function featureScale(
  options: Record<string, never> = {},
): Layer<'featureScale', object, 'sequence' | 'vector', 'same'> {
  checkOptions('featureScale', options, {});
  return {
    kind: 'featureScale',
    options: {},
    build(input) {
      const { features } = wantFeatures('featureScale', input);
      return {
        outputShape: wantFeatures('featureScale', input),
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
