import { type Check, checkOptions, custom, isRecord, number, optional, positiveNumber } from './options.js';

/**
 * An initializer of weights. Names, defaults and formulas are those of Keras 3:
 * - `zeros`, `ones`, `constant` (value 0);
 * - `uniform` from min −0.05 to max 0.05; `normal` with mean 0 and stddev 0.05;
 * - `glorotUniform`, `glorotNormal`: variance 2 / (fanIn + fanOut) (Glorot & Bengio 2010);
 * - `heUniform`, `heNormal`: variance 2 / fanIn (He et al. 2015);
 * - `lecunUniform`, `lecunNormal`: variance 1 / fanIn. These three normal distributions are truncated at two standard
 *   deviations;
 * - `orthogonal`: orthonormal rows if there are fewer rows than columns, otherwise orthonormal columns, times gain
 *   (default 1) (Saxe et al. 2014);
 * - `identity`: the identity matrix times gain (default 1).
 */
export type Initializer =
  | InitializerKind
  | { readonly kind: 'constant'; readonly value?: number }
  | { readonly kind: 'uniform'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'normal'; readonly mean?: number; readonly stddev?: number }
  | { readonly kind: 'orthogonal' | 'identity'; readonly gain?: number }
  | {
      readonly kind: Exclude<InitializerKind, 'constant' | 'uniform' | 'normal' | 'orthogonal' | 'identity'>;
    };

const kinds = {
  zeros: {},
  ones: {},
  constant: { value: optional(number, 0) },
  uniform: { min: optional(number, -0.05), max: optional(number, 0.05) },
  normal: { mean: optional(number, 0), stddev: optional(positiveNumber, 0.05) },
  glorotUniform: {},
  glorotNormal: {},
  heUniform: {},
  heNormal: {},
  lecunUniform: {},
  lecunNormal: {},
  orthogonal: { gain: optional(number, 1) },
  identity: { gain: optional(number, 1) },
} as const;

export type InitializerKind = keyof typeof kinds;

/** The check for an initializer option: a name, or an object with its `kind` and options. */
export const initializer: Check<Initializer> = custom(
  `an initializer (${Object.keys(kinds).join(', ')}) or an object with its kind`,
  (value) => {
    const kind = isRecord(value) ? value.kind : value;
    const known = typeof kind === 'string' && Object.hasOwn(kinds, kind);
    if (known) resolveInitializer(value as Initializer);
    return known;
  },
);

/** An initializer's kind and options, with the defaults filled in. @throws OptionError for an option that it does not have */
export function resolveInitializer(initializer: Initializer) {
  const { kind, ...options } = typeof initializer === 'string' ? { kind: initializer } : initializer;
  const none = { value: 0, min: 0, max: 0, mean: 0, stddev: 0, gain: 0 };
  const checks: Record<string, Check<number>> = kinds[kind];
  return { kind, ...none, ...checkOptions(`initializer ${kind}`, options, checks) };
}
