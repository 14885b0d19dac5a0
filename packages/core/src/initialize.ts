import { type Shape, sizeOf } from './contract/tensor.js';
import { ShapeError } from './errors.js';
import { checkWholeNumbers } from './host-arrays.js';
import { type Initializer, initializer, resolveInitializer } from './initializers.js';
import { checkValue } from './options.js';
import type { Random } from './random.js';

/**
 * Computes the initial values of a weight, row-major.
 * @throws OptionError for an unknown option; ShapeError if the initializer needs a matrix and `shape` is not one
 */
export function initialize(by: Initializer, shape: Shape, random: Random): Float32Array {
  checkWholeNumbers('initialize', shape);
  const checked = checkValue('initialize: the initializer', by, initializer);
  const { kind, value, min, max, mean, stddev, gain } = resolveInitializer(checked);
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
