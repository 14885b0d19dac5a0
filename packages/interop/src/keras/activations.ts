import { type Activation, UnsupportedError } from '@recurra/core';
import { type ActivationName, resolveActivation } from '@recurra/core/backend';
import { text } from './config.js';
import type { Target } from './written-layer.js';

/** The program that wrote a file. Some results differ between Keras 2, Keras 3 and tfjs-layers, which follows Keras 2. */
export type KerasVersion = 'tfjs' | 2 | 3;

const names: Readonly<Record<string, ActivationName>> = {
  linear: 'linear',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  relu: 'relu',
  softmax: 'softmax',
  softplus: 'softplus',
  softsign: 'softsign',
  exponential: 'exponential',
  selu: 'selu',
  elu: 'elu',
};

/** max(0, min(1, 0.2x + 0.5)). In Keras 3 it is max(0, min(1, x/6 + 0.5)). */
const hardSigmoid2 = { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 } as const;

/**
 * The activation with this name in Keras; linear if there is no name.
 * @throws UnsupportedError for an activation that Recurra does not have
 */
export function activationFrom(owner: string, name: unknown, version: KerasVersion): Activation {
  if (name === undefined) return 'linear';
  const snake =
    typeof name === 'string' ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : '';
  if (snake === 'hard_sigmoid') return version === 3 ? 'hardSigmoid' : hardSigmoid2;
  if (snake === 'leaky_relu' && version === 3) return 'leakyRelu';
  if (Object.hasOwn(names, snake)) return names[snake];
  const known = [...Object.keys(names), 'hard_sigmoid', ...(version === 3 ? ['leaky_relu'] : [])];
  throw new UnsupportedError(
    `${owner}: activation ${text(name)} is not supported; supported: ${known.join(', ')}`,
  );
}

/**
 * The name of an activation in tfjs-layers or Keras 3.
 * @throws UnsupportedError for an activation that it does not have
 */
export function activationTo(owner: string, activation: Activation, target: Target): string {
  const { kind, alpha, beta } = resolveActivation(activation);
  const hard = target === 'Keras 3' ? resolveActivation('hardSigmoid') : hardSigmoid2;
  if (kind === 'hardSigmoid' && alpha === hard.alpha && beta === hard.beta) return 'hard_sigmoid';
  const other = (kind === 'exponential' && target === 'tfjs-layers') || (kind === 'elu' && alpha !== 1);
  if (!other && Object.hasOwn(names, kind)) return kind;
  const hint = kind === 'hardSigmoid' ? `; its hardSigmoid has alpha ${hard.alpha}` : '';
  throw new UnsupportedError(`${owner}: ${target} has no activation ${text(activation)}${hint}`);
}
