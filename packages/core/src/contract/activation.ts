import { type Check, custom, isRecord } from '../options.js';

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

/** A name, or a name with constants: `{ kind: 'leakyRelu', alpha: 0.01 }`. docs/semantics.md has the formulas. */
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

/** An activation's name, with or without constants. */
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
