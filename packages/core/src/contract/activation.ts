import { type Check, custom, isRecord } from '../options.js';

/**
 * The default constants of each activation. The names are those of ONNX; the values are those of Keras 3 if it has the
 * constant.
 */
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

/**
 * An activation: a name, or a name with constants, `{ kind: 'leakyRelu', alpha: 0.01 }`. docs/semantics.md has the
 * formulas.
 */
export type Activation =
  | ActivationName
  | { readonly kind: ActivationName; readonly alpha?: number; readonly beta?: number };

/** The check for a layer's option `activation`. */
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

/** Returns the name of an activation. */
export function activationKind(activation: Activation): ActivationName {
  return typeof activation === 'string' ? activation : activation.kind;
}

/**
 * Resolves an activation to its kind and constants. Missing constants get their defaults; alpha is 1 and beta is 0 if
 * the activation does not use them.
 */
export function resolveActivation(activation: Activation): {
  readonly kind: ActivationName;
  readonly alpha: number;
  readonly beta: number;
} {
  const options = typeof activation === 'string' ? { kind: activation } : activation;
  return { alpha: 1, beta: 0, ...constants[options.kind], ...options };
}
