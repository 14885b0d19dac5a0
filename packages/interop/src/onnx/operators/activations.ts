import type { Activation } from '@recurra/core';
import type { Attributes } from '../attributes.js';

/**
 * The eleven activations of recurrent nodes, by their lower-case names, with the default constants of onnxruntime. The
 * specification defines no defaults for affine and scaledTanh, and 1 for thresholdedRelu.
 */
const known: Readonly<
  Record<string, { readonly kind: Extract<Activation, string>; alpha?: number; beta?: number }>
> = {
  relu: { kind: 'relu' },
  tanh: { kind: 'tanh' },
  sigmoid: { kind: 'sigmoid' },
  softsign: { kind: 'softsign' },
  softplus: { kind: 'softplus' },
  affine: { kind: 'affine', alpha: 0, beta: 0 },
  leakyrelu: { kind: 'leakyRelu', alpha: 0.01 },
  thresholdedrelu: { kind: 'thresholdedRelu', alpha: 0 },
  scaledtanh: { kind: 'scaledTanh', alpha: 0, beta: 0 },
  hardsigmoid: { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  elu: { kind: 'elu', alpha: 1 },
};

const defaults = { rnn: ['tanh'], gru: ['sigmoid', 'tanh'], lstm: ['sigmoid', 'tanh', 'tanh'] };

/**
 * The activations of each direction. The lists of constants are assigned in order to the activations that have constants.
 * A string if they are not supported, with the reason.
 */
export function activationsOf(
  attributes: Attributes,
  cell: keyof typeof defaults,
  directions: number,
): Activation[][] | string {
  const each = defaults[cell].length;
  const usual = Array.from({ length: directions }, () => defaults[cell]).flat();
  const names = attributes.strings('activations') ?? usual;
  if (names.length !== usual.length) {
    return `${names.length} activations, not ${directions} × ${each}`;
  }
  const alphas = [...(attributes.floats('activation_alpha') ?? [])];
  const betas = [...(attributes.floats('activation_beta') ?? [])];
  const activations: Activation[] = [];
  for (const name of names) {
    const key = name.toLowerCase();
    if (!Object.hasOwn(known, key)) return `activation ${name.slice(0, 40)}`;
    const { kind, alpha, beta } = known[key];
    const constants = {
      ...(alpha !== undefined && { alpha: alphas.shift() ?? alpha }),
      ...(beta !== undefined && { beta: betas.shift() ?? beta }),
    };
    if (!Object.values(constants).every(Number.isFinite)) return `constants of ${name} that are not finite`;
    activations.push(Object.keys(constants).length > 0 ? { kind, ...constants } : kind);
  }
  return Array.from({ length: directions }, (_, d) => activations.slice(d * each, (d + 1) * each));
}
