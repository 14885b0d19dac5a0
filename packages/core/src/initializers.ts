import { type Shape, sizeOf } from './contract/tensor.js';
import { ShapeError } from './errors.js';
import { checkWholeNumbers } from './host-arrays.js';
import {
  type Check,
  checkOptions,
  checkValue,
  custom,
  isRecord,
  number,
  optional,
  positiveNumber,
} from './options.js';
import type { Random } from './random.js';

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
    if (known) resolve(value as Initializer);
    return known;
  },
);

/**
 * Computes the initial values of a weight, row-major.
 * @throws OptionError for an unknown option; ShapeError if the initializer needs a matrix and `shape` is not one
 */
export function initialize(by: Initializer, shape: Shape, random: Random): Float32Array {
  checkWholeNumbers('initialize', shape);
  const checked = checkValue('initialize: the initializer', by, initializer);
  const { kind, value, min, max, mean, stddev, gain } = resolve(checked);
  const fill = (draw: () => number) => new Float32Array(sizeOf(shape)).map(draw);
  const { fanIn, fanOut } = fans(shape);
  switch (kind) {
    case 'zeros':
      return fill(() => 0);
    case 'ones':
      return fill(() => 1);
    case 'constant':
      return fill(() => value);
    case 'uniform':
      return fill(() => min + (max - min) * random.uniform());
    case 'normal':
      return fill(() => mean + stddev * random.normal());
    case 'glorotUniform':
      return fill(uniformOf(2 / (fanIn + fanOut), random));
    case 'glorotNormal':
      return fill(truncatedNormalOf(2 / (fanIn + fanOut), random));
    case 'heUniform':
      return fill(uniformOf(2 / fanIn, random));
    case 'heNormal':
      return fill(truncatedNormalOf(2 / fanIn, random));
    case 'lecunUniform':
      return fill(uniformOf(1 / fanIn, random));
    case 'lecunNormal':
      return fill(truncatedNormalOf(1 / fanIn, random));
    case 'orthogonal':
      return orthogonal(matrix(kind, shape), gain, random);
    case 'identity': {
      const { columns } = matrix(kind, shape);
      return new Float32Array(sizeOf(shape)).map((_, at) =>
        at % (columns + 1) === 0 && at < columns ** 2 ? gain : 0,
      );
    }
  }
}

function resolve(initializer: Initializer) {
  const { kind, ...options } = typeof initializer === 'string' ? { kind: initializer } : initializer;
  const none = { value: 0, min: 0, max: 0, mean: 0, stddev: 0, gain: 0 };
  const checks: Record<string, Check<number>> = kinds[kind];
  return { kind, ...none, ...checkOptions(`initializer ${kind}`, options, checks) };
}

/** The numbers of inputs and outputs of one unit. All dimensions except the last two are a convolution's window. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const window = sizeOf(shape.slice(0, -2));
  const fanOut = window * (shape.at(-1) ?? 1);
  return { fanIn: Math.max(1, shape.length > 1 ? window * shape[shape.length - 2] : fanOut), fanOut };
}

function uniformOf(variance: number, random: Random): () => number {
  const limit = Math.sqrt(3 * variance);
  return () => limit * (2 * random.uniform() - 1);
}

function truncatedNormalOf(variance: number, random: Random): () => number {
  // The constant is the standard deviation of a normal distribution that is truncated at ±2.
  const scale = Math.sqrt(variance) / 0.87962566103423978;
  return () => {
    let x = random.normal();
    while (Math.abs(x) > 2) x = random.normal();
    return scale * x;
  };
}

/** Views a shape as a matrix: all dimensions except the last are rows, as for a convolution's kernel. */
function matrix(kind: string, shape: Shape): { rows: number; columns: number } {
  if (shape.length < 2)
    throw new ShapeError(`initializer ${kind}: needs at least two dimensions, not [${shape}]`);
  return { rows: sizeOf(shape.slice(0, -1)), columns: shape[shape.length - 1] };
}

/**
 * Orthonormalises Gaussian vectors with the modified Gram-Schmidt process. The result is the Q of a QR decomposition
 * whose R has a positive diagonal, which is uniformly distributed over the orthogonal matrices (Mezzadri 2007).
 */
function orthogonal(
  { rows, columns }: { rows: number; columns: number },
  gain: number,
  random: Random,
): Float32Array {
  const count = Math.min(rows, columns);
  const size = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, () => new Float64Array(size).map(random.normal));
  vectors.forEach((v, i) => {
    const norm = Math.sqrt(dot(v, v));
    for (let k = 0; k < size; k++) v[k] /= norm;
    for (let j = i + 1; j < count; j++) {
      const w = vectors[j];
      const share = dot(v, w);
      for (let k = 0; k < size; k++) w[k] -= share * v[k];
    }
  });
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[row * columns + column] = gain * (rows < columns ? vectors[row][column] : vectors[column][row]);
    }
  }
  return result;
}

/** Computes a dot product with four partial sums, which is three times as fast as one sum. */
function dot(a: Float64Array, b: Float64Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < a.length; k += 4) {
    s0 += a[k] * b[k];
    s1 += a[k + 1] * b[k + 1];
    s2 += a[k + 2] * b[k + 2];
    s3 += a[k + 3] * b[k + 3];
  }
  for (; k < a.length; k++) s0 += a[k] * b[k];
  return s0 + s1 + (s2 + s3);
}
