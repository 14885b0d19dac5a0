import { checkOptions, optional, positiveNumber } from '../options.js';
import { normalize } from '../tape/normalize.js';
import type { Layer } from './layer.js';
import { wantFeatures } from './shapes.js';

export interface LayerNormOptions {
  /** Added to the variance. Default 1e-3, as in Keras. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation over the features, with a gain and a bias for each (Ba et al. 2016).
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function layerNorm(
  options: LayerNormOptions = {},
): Layer<'layerNorm', Required<LayerNormOptions>, 'sequence' | 'vector', 'same'> {
  const checked = checkOptions('layerNorm', options, { epsilon: optional(positiveNumber, 1e-3) });
  return {
    kind: 'layerNorm',
    options: checked,
    build(input) {
      const { features } = wantFeatures('layerNorm', input);
      return {
        outputShape: wantFeatures('layerNorm', input),
        parameters: {
          gain: { shape: [features], initial: 'ones' },
          bias: { shape: [features], initial: 'zeros' },
        },
        apply(tape, { value }, { weights: { gain, bias } }) {
          const normal = normalize(tape, value, checked.epsilon);
          return { output: { value: tape.add(tape.mul(normal, gain), bias) } };
        },
      };
    },
  };
}
