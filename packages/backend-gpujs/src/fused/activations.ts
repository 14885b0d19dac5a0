import type { Activation, ActivationName } from '@recurra/core';

/** An activation's name, with or without constants of its own. */
export function kindOf(activation: Activation): ActivationName {
  return typeof activation === 'string' ? activation : activation.kind;
}
