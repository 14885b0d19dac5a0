import type { NativeFunction } from '../gpu.js';
import { argument, type Columns, FOUR, MAX_RESULTS } from './texels.js';

/*
 * The three matrix products of a recurrent layer, as GLSL functions that kernels call. Four rows and four columns of weights are
 * two reads and 16 products; a thread that computes more reads less for each. They are written in GLSL because gpu.js's JavaScript
 * has no vector arithmetic. On a software renderer this is two to three times as fast as a loop in gpu.js, and matrices times
 * vectors are faster than the same sums one by one. Sizes are arguments, so that one program serves all of them.
 */

/** `timesWeights(column, row, inner)`: `of` [rows, inner] times weights in the gates layout, plus the bias. Column c has the rows of its component c. */
export function timesWeights(
  of: string,
  weights: string,
  { gates, blocks }: Columns,
  bound: number,
  webgl2: boolean,
): NativeFunction {
  const read = reads([of, weights], webgl2);
  const components = FOUR.slice(0, gates * blocks);
  const each = (text: (c: number) => string) => components.map(text).join('\n');
  const factors = (k: string, t: number) => `vec4 p${t} = ${read.at(of, k, 'row')};
    vec4 w${t} = ${read.at(weights, 'column', k)};`;
  return {
    name: 'timesWeights',
    source: `mat4 timesWeights(float column, float row, float inner) {
      ${read.start}
      vec4 bias = ${read.at(weights, 'column', 'inner')};
      ${FOUR.map((c) => `vec4 s${c} = vec4(${components.includes(c) ? `bias[${c}]` : '0.0'});`).join('\n')}
      ${loop(
        'inner',
        bound,
        (k) => `${FOUR.map((t) => factors(`${k} + ${t}.0`, t)).join('\n')}
        mat4 p = mat4(p0, p1, p2, p3);
        ${each((c) => `s${c} += p * vec4(w0[${c}], w1[${c}], w2[${c}], w3[${c}]);`)}`,
        (k) => `${factors(k, 0)}
        ${each((c) => `s${c} += p0 * w0[${c}];`)}`,
      )}
      return mat4(s0, s1, s2, s3);
    }`,
    returnType: 'Matrix(4)',
    argumentTypes: { column: 'Number', row: 'Number', inner: 'Number' },
  };
}

/** In a kernel: calls {@link timesTransposed} or {@link transposedTimes}, so that {@link tileSum} has its results. */
export const computeTiles = (call: string, tiles: number) =>
  `var tiles = ${call};${tiles > 4 ? 'var further = furtherTiles();' : ''}`;

/** In a kernel: number `$` of the sum of this tile. */
export const tileSum = (tile: number) => `${tile < 4 ? 'tiles' : 'further'}[${tile % 4}][$]`;

/** What a thread computes: `tiles` inputs, at a distance of `inputStride`. */
export interface Tiles {
  readonly tiles: number;
  readonly inputStride: number;
}

/**
 * `timesTransposed(column, row, stride, inputStride)`: gradients [rows, units] of gates times weightsᵀ, where the weights are in the
 * gates layout, `stride` wide. Tile t has the rows of input `column` + t · `inputStride`.
 */
export function timesTransposed(
  gradients: readonly string[],
  weights: string,
  { blocks, tiles }: Columns & Tiles,
  bound: number,
  webgl2: boolean,
): NativeFunction[] {
  const read = reads([...gradients, weights], webgl2);
  const parts = partsOf(gradients, blocks);
  const term = (j: string) => `{
    ${parts.map(({ name, block }, i) => `vec4 d${i} = ${read.at(name, `${j} + ${block}.0 * stride`, 'row')};`).join('\n')}
    ${indices(tiles)
      .map(
        (t) => `vec4 w${t} = ${read.at(weights, j, `column + ${t}.0 * inputStride`)};
        s${t} += ${parts.map((_, i) => `d${i} * w${t}[${i}]`).join(' + ')};`,
      )
      .join('\n')}
  }`;
  const body = `${read.start}\n${terms('stride', bound, term, tiles)}`;
  return tiled('timesTransposed', 'column, row, stride, inputStride', tiles, body);
}

/**
 * `transposedTimes(column, row, count, stride, inputStride)`: ofᵀ times gradients, both transposed: [inputs, rows] and [units, rows].
 * Tile t has the gates layout's column `column` of input `row` + t · `inputStride`. `count` is the number of texels in a row.
 */
export function transposedTimes(
  of: string,
  gradients: readonly string[],
  { blocks, tiles }: Columns & Tiles,
  bound: number,
  webgl2: boolean,
): NativeFunction[] {
  const read = reads([of, ...gradients], webgl2);
  const parts = partsOf(gradients, blocks);
  const dot = (t: number, i: number) => (i < parts.length ? `dot(p${t}, d${i})` : '0.0');
  const term = (k: string) => `{
    ${parts.map(({ name, block }, i) => `vec4 d${i} = ${read.at(name, k, `column + ${block}.0 * stride`)};`).join('\n')}
    ${indices(tiles)
      .map(
        (t) => `vec4 p${t} = ${read.at(of, k, `row + ${t}.0 * inputStride`)};
        s${t} += vec4(${FOUR.map((i) => dot(t, i)).join(', ')});`,
      )
      .join('\n')}
  }`;
  const body = `${read.start}\n${terms('count', bound, term, tiles)}`;
  return tiled('transposedTimes', 'column, row, count, stride, inputStride', tiles, body);
}

const indices = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The arrays and blocks of units that the components of a texel in the gates layout belong to. */
const partsOf = (gates: readonly string[], blocks: number) =>
  gates.flatMap((name) => FOUR.slice(0, blocks).map((block) => ({ name, block })));

/** A GLSL function of floats that adds to vectors s0, s1 …, and returns the first four. `furtherTiles()` returns the others. */
function tiled(name: string, parameters: string, tiles: number, body: string): NativeFunction[] {
  const names = parameters.split(', ');
  const sums = indices(tiles <= 4 ? 4 : MAX_RESULTS).map((t) => `s${t}`);
  const [first, further] = [sums.slice(0, 4), sums.slice(4)];
  const more = further.length > 0;
  return [
    {
      name,
      source: `${more ? 'mat4 theFurtherTiles; mat4 furtherTiles() { return theFurtherTiles; }' : ''}
      mat4 ${name}(${names.map((parameter) => `float ${parameter}`).join(', ')}) {
        ${sums.map((sum) => `vec4 ${sum} = vec4(0.0);`).join('\n')}
        ${body}
        ${more ? `theFurtherTiles = mat4(${further});` : ''}
        return mat4(${first});
      }`,
      returnType: 'Matrix(4)',
      argumentTypes: Object.fromEntries(names.map((parameter) => [parameter, 'Number'])),
    },
    // Its source is that of the function above, which sets what it returns.
    ...(more ? [{ name: 'furtherTiles', source: '', returnType: 'Matrix(4)', argumentTypes: {} }] : []),
  ];
}

/** The terms 0 to count − 1 of a product: four in each iteration, unless a term is large. */
const terms = (count: string, bound: number, term: (k: string) => string, tiles: number) =>
  tiles > 4
    ? single(count, bound, term)
    : loop(count, bound, (k) => FOUR.map((t) => term(`(${k} + ${t}.0)`)).join('\n'), term);

/** A loop over 0 to count − 1 that takes four at a time, then the rest one by one. WebGL1 needs the bound in the source. */
const loop = (count: string, bound: number, four: (k: string) => string, one: (k: string) => string) => `
  float whole = 4.0 * floor(${count} * 0.25);
  for (int n = 0; n < ${bound / 4}; n++) {
    float k = 4.0 * float(n);
    if (k >= whole) break;
    ${four('k')}
  }
  for (int n = 0; n < 3; n++) {
    float k = whole + float(n);
    if (k >= ${count}) break;
    ${one('k')}
  }`;

const single = (count: string, bound: number, term: (k: string) => string) => `
  for (int n = 0; n < ${bound}; n++) {
    float k = float(n);
    if (k >= ${count}) break;
    ${term('k')}
  }`;

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
