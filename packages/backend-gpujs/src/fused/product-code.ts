import type { NativeFunction } from '../gpu.js';
import { argument } from './texels.js';

/*
 * The three matrix products of a recurrent layer, as GLSL functions that kernels call. A call computes 16 sums: four rows by the
 * gates of a unit, four inputs by four rows, or four inputs by the gates of a unit. Two reads give four terms of each. They are
 * written in GLSL because gpu.js's JavaScript has no vector arithmetic, and each iteration of a loop has four terms. On a software
 * renderer this is two to three times as fast as a loop in gpu.js.
 */

export const BLOCKS = [0, 1, 2, 3] as const;

/** `timesWeights(unit, row)`: `of` [rows, inner] times weights [inner, units], plus the bias. Column g has the rows of gate g. */
export function timesWeights(
  of: string,
  weights: string,
  { inner, gates }: { inner: number; gates: readonly number[] },
  webgl2: boolean,
): NativeFunction {
  const read = reads([of, weights], webgl2);
  return matrix(
    'timesWeights',
    'unit, row',
    `${read.start}
    vec4 bias = ${read.at(weights, 'unit', inner)};
    ${sums((gate) => (gates.includes(gate) ? `vec4(bias[${gate}])` : 'vec4(0.0)'))}
    ${fours(
      inner,
      (k) => `
      vec4 p = ${read.at(of, k, 'row')};
      vec4 w = ${read.at(weights, 'unit', k)};
      ${gates.map((gate) => `s${gate} += p * w[${gate}];`).join('\n')}`,
    )}`,
  );
}

/** `timesTransposed(column, row)`: gradients [rows, units] times weightsᵀ. Column b has the rows of input column + b · stride. */
export function timesTransposed(
  gradients: readonly string[],
  weights: string,
  { units, stride, gates }: { units: number; stride: number; gates: readonly number[] },
  webgl2: boolean,
): NativeFunction {
  const read = reads([...gradients, weights], webgl2);
  return matrix(
    'timesTransposed',
    'column, row',
    `${read.start}
    ${sums(() => 'vec4(0.0)')}
    ${fours(
      units,
      (j) => `
      ${gradients.map((name) => `vec4 ${name} = ${read.at(name, j, 'row')};`).join('\n')}
      ${BLOCKS.map(
        (block) => `vec4 w${block} = ${read.at(weights, j, `column + ${block * stride}.0`)};
        s${block} += ${gradients.map((name, i) => `${name} * w${block}[${gates[i]}]`).join(' + ')};`,
      ).join('\n')}`,
    )}`,
  );
}

/**
 * `transposedTimes(unit, column, first, rows)`: ofᵀ times gradients [rows, units], over `rows` rows of `of` from `first` on. Rows
 * past them are not read, because NaN in them would survive a gradient of zero. Column b has the gates of input
 * column + b · stride. Input number `ones` is 1 in every row, and its result is the gradient of the bias. `bound` is the largest
 * number of iterations, which WebGL1 needs in the source.
 */
export function transposedTimes(
  of: string,
  gradients: readonly string[],
  { bound, stride, ones }: { bound: number; stride: number; ones: number },
  webgl2: boolean,
): NativeFunction {
  const read = reads([of, ...gradients], webgl2);
  const input = (block: number, row: string) => {
    const value = read.at(of, `column + ${block * stride}.0`, `first + ${row}`);
    const inside = `${row} < rows ? ${value} : vec4(0.0)`;
    return block === Math.floor(ones / stride)
      ? `column == ${ones - block * stride}.0 ? vec4(1.0) : ${inside}`
      : inside;
  };
  const dots = BLOCKS.map((i) =>
    i < gradients.length ? (p: string) => `dot(${p}, ${gradients[i]})` : () => '0.0',
  );
  return matrix(
    'transposedTimes',
    'unit, column, first, rows',
    `${read.start}
    ${sums(() => 'vec4(0.0)')}
    ${loop(
      bound,
      (row) => `
      ${gradients.map((name) => `vec4 ${name} = ${read.at(name, 'unit', row)};`).join('\n')}
      ${BLOCKS.map(
        (block) => `vec4 p${block} = ${input(block, row)};
        s${block} += vec4(${dots.map((dot) => dot(`p${block}`)).join(', ')});`,
      ).join('\n')}`,
      'if (4.0 * float(n) >= rows) break;',
    )}`,
  );
}

/** A GLSL function of floats that returns the vectors s0 … s3 as the columns of a matrix. */
function matrix(name: string, parameters: string, body: string): NativeFunction {
  const names = parameters.split(', ');
  return {
    name,
    source: `mat4 ${name}(${names.map((parameter) => `float ${parameter}`).join(', ')}) {
      ${body}
      return mat4(s0, s1, s2, s3);
    }`,
    returnType: 'Matrix(4)',
    argumentTypes: Object.fromEntries(names.map((parameter) => [parameter, 'Number'])),
  };
}

const sums = (start: (i: number) => string) => BLOCKS.map((i) => `vec4 s${i} = ${start(i)};`).join('\n');

/** The terms 0 to count − 1, four in each iteration. */
function fours(count: number, term: (k: string) => string): string {
  const rest = count % 4;
  const last = Array.from({ length: rest }, (_, i) => `{ ${term(`${count - rest + i}.0`)} }`).join('\n');
  return `${loop(Math.floor(count / 4), term)} ${last}`;
}

/** A loop with four terms in each iteration. */
function loop(count: number, term: (k: string) => string, end = ''): string {
  if (count === 0) return '';
  const terms = [0, 1, 2, 3].map((i) => `{ ${term(`(k + ${i}.0)`)} }`).join('\n');
  return `for (int n = 0; n < ${count}; n++) { ${end} float k = 4.0 * float(n); ${terms} }`;
}

/** Reads of texels by their indices, whole numbers in floats. The code `start` must come before the first. */
function reads(arrays: readonly string[], webgl2: boolean) {
  const sample = webgl2 ? 'texture' : 'texture2D';
  const scale = (array: string) => `${array}Scale`;
  return {
    start: arrays
      .map((array) => `vec2 ${scale(array)} = 1.0 / vec2(user_${argument(array)}Size);`)
      .join('\n'),
    at: (array: string, x: string | number, y: string | number) =>
      `${sample}(user_${argument(array)}, (vec2(${x}, ${y}) + 0.5) * ${scale(array)})`,
  };
}
