import { type Activation, activation as activationCheck, activationKind } from '../contract/activation.js';
import { sizeOf, type Tensor } from '../contract/tensor.js';
import { checkOptions } from '../options.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';
import type { Layer, Signal } from './layer.js';
import { type NumberKind, requireNumbers } from './shapes.js';

export interface ActivationOptions {
  readonly activation: Activation;
}

/**
 * Applies an activation element by element; softmax is computed over the features, of an image over the channels of each pixel.
 * @throws OptionError for an unknown activation
 */
export function activation(
  options: ActivationOptions,
): Layer<'activation', ActivationOptions, NumberKind, 'same'> {
  const checked = checkOptions('activation', options, { activation: activationCheck });
  return {
    kind: 'activation',
    options: checked,
    build(input) {
      const shape = requireNumbers('activation', input);
      const channels = 'channels' in shape ? shape.channels : shape.features;
      return {
        outputShape: shape,
        parameters: {},
        apply: (tape, { value }) => ({ output: activated(tape, value, checked.activation, channels) }),
      };
    },
  };
}

/**
 * Applies an activation. For softmax and sigmoid it also returns the logits, which the cross entropies need.
 * @param channels of an image: softmax is computed over those of each pixel, without logits, as no loss is over pixels
 */
export function activated(
  tape: Tape,
  x: Tensor,
  activation: Activation,
  channels = x.shape[x.shape.length - 1],
): Pick<Signal, 'value' | 'logits'> {
  const kind = activationKind(activation);
  if (kind === 'softmax' && channels !== x.shape[x.shape.length - 1]) {
    const pixels = tape.reshape(x, [sizeOf(x.shape) / channels, channels]);
    return { value: tape.reshape(activate(tape, pixels, activation), x.shape) };
  }
  const logits = kind === 'softmax' || kind === 'sigmoid' ? { kind, value: x } : undefined;
  return { value: activate(tape, x, activation), logits };
}
