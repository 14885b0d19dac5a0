import type { NativeFunction } from '../gpu.js';
import { argument } from './texels.js';

/*
 * The three products of a recurrent layer, as functions in GLSL that kernels call: four rows by the gates of a unit, four
 * blocks of inputs by four rows, or four blocks of inputs by the gates of a unit. Each gives a matrix of 16 sums, from two
 * reads for four terms of each. In GLSL for its vectors, which gpu.js's JavaScript cannot add; and four terms are written out a
 * turn. On a software renderer that is two to three times as fast as a loop in gpu.js.
 */

export const BLOCKS = [0, 1, 2, 3] as const;

/** `timesWeights(unit, row)`: rows of `of` times weights in gates, plus the bias. Column g holds the rows of gate g. */
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

/** `timesTransposed(column, row)`: rows of gradients times weights, transposed. Column b holds the rows of column + b · apart. */
export function timesTransposed(
  gradients: readonly string[],
  weights: string,
  { units, apart, gates }: { units: number; apart: number; gates: readonly number[] },
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
        (block) => `vec4 w${block} = ${read.at(weights, j, `column + ${block * apart}.0`)};
        s${block} += ${gradients.map((name, i) => `${name} * w${block}[${gates[i]}]`).join(' + ')};`,
      ).join('\n')}`,
    )}`,
  );
}

/**
 * `transposedTimes(unit, column, first, rows)`: `of` from row `first` on, transposed, times gradients, over so many rows. What
 * lies past them is not read: it may be NaN, which would outlive a gradient of zero. Column b holds the gates of
 * column + b · apart. Column number `ones` is 1 in every row: what comes of it is the gradient of a bias. There are at most
 * `bound` turns: in the source, for WebGL1 takes no other bound.
 */
export function transposedTimes(
  of: string,
  gradients: readonly string[],
  { bound, apart, ones }: { bound: number; apart: number; ones: number },
  webgl2: boolean,
): NativeFunction {
  const read = reads([of, ...gradients], webgl2);
  const input = (block: number, row: string) => {
    const found = read.at(of, `column + ${block * apart}.0`, `first + ${row}`);
    const inside = `${row} < rows ? ${found} : vec4(0.0)`;
    return block === Math.floor(ones / apart)
      ? `column == ${ones - block * apart}.0 ? vec4(1.0) : ${inside}`
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
    ${turns(
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

/** A function of floats that gives the sums s0 … s3 as columns. */
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

/** The terms 0 to count − 1, four a turn. */
function fours(count: number, term: (k: string) => string): string {
  const rest = count % 4;
  const last = Array.from({ length: rest }, (_, i) => `{ ${term(`${count - rest + i}.0`)} }`).join('\n');
  return `${turns(Math.floor(count / 4), term)} ${last}`;
}

function turns(count: number, term: (k: string) => string, end = ''): string {
  if (count === 0) return '';
  const turn = [0, 1, 2, 3].map((i) => `{ ${term(`(k + ${i}.0)`)} }`).join('\n');
  return `for (int n = 0; n < ${count}; n++) { ${end} float k = 4.0 * float(n); ${turn} }`;
}

/** Reads of texels by their numbers, whole numbers in floats. `start` is to come before the first. */
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
