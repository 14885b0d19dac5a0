import { type Activation, activate, activation as activationCheck } from '../activations.js';
import { checkValue } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { Layer, Signal } from './layer.js';
import { wantFeatures } from './shapes.js';

/**
 * An activation by itself, element by element; softmax over the features.
 * @throws OptionError for an activation that does not exist
 */
export function activation(activation: Activation): Layer {
  checkValue('activation: the activation', activation, activationCheck);
  return {
    kind: 'activation',
    options: { activation },
    build(input) {
      return {
        outputShape: wantFeatures('activation', input),
        parameters: {},
        apply: (tape, signal) => ({ outputs: [activated(tape, signal, activation)] }),
      };
    },
  };
}

/** Applies an activation, and keeps what went in where a loss will want it. */
export function activated(tape: Tape, { value, lengths, mask }: Signal, activation: Activation): Signal {
  const kind = typeof activation === 'string' ? activation : activation.kind;
  const logits = kind === 'softmax' || kind === 'sigmoid' ? { kind, value } : undefined;
  return { value: activate(tape, value, activation), lengths, mask, logits };
}
