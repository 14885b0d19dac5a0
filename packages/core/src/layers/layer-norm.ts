import { checkOptions, optional, positiveNumber } from '../options.js';
import { normalize } from '../tape/normalize.js';
import type { Layer } from './layer.js';
import { requireFeatures } from './shapes.js';
import { type Resolved, type TrainableOptions, trainable } from './trainable.js';

export interface LayerNormOptions extends TrainableOptions {
  /** A constant added to the variance. Default 1e-3, as in Keras. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation over the features, with a gain and a bias for each feature (Ba et al. 2016).
 * @throws OptionError for an unknown option or an invalid value
 */
export function layerNorm(
  options: LayerNormOptions = {},
): Layer<'layerNorm', Resolved<LayerNormOptions>, 'sequence' | 'vector', 'same'> {
  const checked = checkOptions('layerNorm', options, { epsilon: optional(positiveNumber, 1e-3), trainable });
  return {
    kind: 'layerNorm',
    options: checked,
    trainable: checked.trainable,
    build(input) {
      const { features } = requireFeatures('layerNorm', input);
      return {
        outputShape: requireFeatures('layerNorm', input),
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
