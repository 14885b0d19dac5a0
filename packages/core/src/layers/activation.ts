import { type Activation, activation as activationCheck, activationKind } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import { checkOptions } from '../options.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';
import type { Layer, Signal } from './layer.js';
import { type NumberKind, requireNumbers } from './shapes.js';

export interface ActivationOptions {
  readonly activation: Activation;
}

/**
 * Applies an activation element by element; softmax is computed over the features.
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
      return {
        outputShape: requireNumbers('activation', input),
        parameters: {},
        apply: (tape, { value }) => ({ output: activated(tape, value, checked.activation) }),
      };
    },
  };
}

/** Applies an activation. For softmax and sigmoid it also returns the logits, which the cross entropies need. */
export function activated(tape: Tape, x: Tensor, activation: Activation): Pick<Signal, 'value' | 'logits'> {
  const kind = activationKind(activation);
  const logits = kind === 'softmax' || kind === 'sigmoid' ? { kind, value: x } : undefined;
  return { value: activate(tape, x, activation), logits };
}
