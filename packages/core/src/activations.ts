import type { Tensor } from './contract/tensor.js';
import { type Check, custom, isRecord } from './options.js';
import type { Tape } from './tape/tape.js';

/** The default constants of the activations that have some. ONNX's names; values as in Keras 3, where it has them. */
const constants = {
  linear: {},
  tanh: {},
  sigmoid: {},
  relu: {},
  softmax: {},
  softplus: {},
  softsign: {},
  exponential: {},
  selu: {},
  hardSigmoid: { alpha: 1 / 6, beta: 0.5 },
  elu: { alpha: 1 },
  leakyRelu: { alpha: 0.2 },
  thresholdedRelu: { alpha: 1 },
  scaledTanh: { alpha: 1, beta: 1 },
  affine: { alpha: 1, beta: 0 },
} as const satisfies Record<string, { alpha?: number; beta?: number }>;

export type ActivationName = keyof typeof constants;

/** A name, or a name with constants of its own: `{ kind: 'leakyRelu', alpha: 0.01 }`. docs/semantics.md has the formulas. */
export type Activation =
  | ActivationName
  | { readonly kind: ActivationName; readonly alpha?: number; readonly beta?: number };

/** What the option `activation` of a layer may be. */
export const activation: Check<Activation> = custom(
  `an activation (${Object.keys(constants).join(', ')}), or { kind, alpha, beta } with the constants it has`,
  (value) => {
    if (!isRecord(value)) return typeof value === 'string' && Object.hasOwn(constants, value);
    const { kind, ...own } = value;
    if (typeof kind !== 'string' || !Object.hasOwn(constants, kind)) return false;
    const known = constants[kind as ActivationName];
    return Object.entries(own).every(
      ([name, constant]) => Object.hasOwn(known, name) && Number.isFinite(constant),
    );
  },
);

/** An activation's name, with or without constants of its own. */
export function activationKind(activation: Activation): ActivationName {
  return typeof activation === 'string' ? activation : activation.kind;
}

/** An activation with its constants, its own or the default ones; 1 and 0 where it has none. */
export function resolveActivation(activation: Activation): {
  readonly kind: ActivationName;
  readonly alpha: number;
  readonly beta: number;
} {
  const given = typeof activation === 'string' ? { kind: activation } : activation;
  return { alpha: 1, beta: 0, ...constants[given.kind], ...given };
}

/** Applies an activation, element by element (softmax: over the last axis). */
export function activate(tape: Tape, x: Tensor, activation: Activation): Tensor {
  const { kind, alpha, beta } = resolveActivation(activation);
  switch (kind) {
    case 'linear':
      return x;
    case 'tanh':
    case 'sigmoid':
    case 'relu':
    case 'softplus':
      return tape.unary(kind, x);
    case 'softmax':
      return tape.softmax(x);
    case 'softsign':
      return tape.div(x, tape.affine(tape.abs(x), 1, 1));
    case 'exponential':
      return tape.exp(x);
    case 'hardSigmoid':
      return clamp(tape, tape.affine(x, alpha, beta), 0, 1);
    case 'elu':
      return elu(tape, x, alpha);
    case 'selu':
      return tape.affine(elu(tape, x, 1.6732632423543772), 1.0507009873554805);
    case 'leakyRelu':
      return tape.sub(tape.relu(x), tape.affine(tape.relu(tape.affine(x, -1)), alpha));
    case 'thresholdedRelu':
      return tape.mul(x, tape.step(tape.affine(x, 1, -alpha)));
    case 'scaledTanh':
      return tape.affine(tape.tanh(tape.affine(x, beta)), alpha);
    case 'affine':
      return tape.affine(x, alpha, beta);
  }
}

/** x held between `low` and `high`; at the bounds the gradient still passes. */
export function clamp(tape: Tape, x: Tensor, low: number, high: number): Tensor {
  return tape.minimum(tape.maximum(x, tape.fill([1], low)), tape.fill([1], high));
}

/** x above zero, alpha · (exp(x) − 1) below (Clevert et al. 2016). The exponent is kept from overflowing. */
function elu(tape: Tape, x: Tensor, alpha: number): Tensor {
  const below = tape.affine(tape.relu(tape.affine(x, -1)), -1);
  return tape.add(tape.relu(x), tape.affine(tape.exp(below), alpha, -alpha));
}
