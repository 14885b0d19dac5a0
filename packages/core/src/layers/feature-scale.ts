import { checkOptions } from '../options.js';
import type { Layer } from './layer.js';
import { requireFeatures } from './shapes.js';
import { type TrainableOptions, trainable } from './trainable.js';

/**
 * Computes y = x ⊙ gain + bias, with a gain and a bias for each feature. A batch normalisation with fixed statistics
 * has this form, with gain γ / √(variance + ε) and bias β − mean ⊙ gain (Ioffe & Szegedy 2015).
 * @throws OptionError for an unknown option or an invalid value
 */
export function featureScale(
  options: TrainableOptions = {},
): Layer<'featureScale', TrainableOptions, 'sequence' | 'vector', 'same'> {
  const checked = checkOptions('featureScale', options, { trainable });
  return {
    kind: 'featureScale',
    options: checked,
    trainable: checked.trainable,
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
