import { type Activation, activation as activationCheck, activationKind } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import { checkOptions } from '../options.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';
import type { Layer, Signal } from './layer.js';
import { type NumberKind, wantNumbers } from './shapes.js';

export interface ActivationOptions {
  readonly activation: Activation;
}

/**
 * An activation as a layer, element by element; softmax over the features.
 * @throws OptionError for an activation that does not exist
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
        outputShape: wantNumbers('activation', input),
        parameters: {},
        apply: (tape, { value }) => ({ output: activated(tape, value, checked.activation) }),
      };
    },
  };
}

/** Applies an activation, and keeps its input where a loss needs it: before softmax and sigmoid. */
export function activated(tape: Tape, x: Tensor, activation: Activation): Pick<Signal, 'value' | 'logits'> {
  const kind = activationKind(activation);
  const logits = kind === 'softmax' || kind === 'sigmoid' ? { kind, value: x } : undefined;
  return { value: activate(tape, x, activation), logits };
}
