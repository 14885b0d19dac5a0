import type { NativeFunction } from '../gpu.js';
import { argument, type Columns, FOUR, MAX_RESULTS } from './texels.js';

/*
 * The three matrix products of a recurrent layer, as GLSL functions that kernels call. Four rows and four columns of weights are
 * two reads and 16 products; a thread that computes more reads less for each. They are written in GLSL because gpu.js's JavaScript
 * has no vector arithmetic. On a software renderer this is two to three times as fast as a loop in gpu.js, and matrices times
 * vectors are faster than the same sums one by one.
 */

/** `timesWeights(column, row)`: `of` [rows, inner] times weights in the gates layout, plus the bias. Column c has the rows of its component c. */
export function timesWeights(
  of: string,
  weights: string,
  { inner, gates, blocks }: { inner: number } & Columns,
  webgl2: boolean,
): NativeFunction {
  const read = reads([of, weights], webgl2);
  const components = FOUR.slice(0, gates * blocks);
  const each = (text: (c: number) => string) => components.map(text).join('\n');
  return {
    name: 'timesWeights',
    source: `mat4 timesWeights(float column, float row) {
      ${read.start}
      vec4 bias = ${read.at(weights, 'column', inner)};
      ${FOUR.map((c) => `vec4 s${c} = vec4(${components.includes(c) ? `bias[${c}]` : '0.0'});`).join('\n')}
      ${fours(
        inner,
        (k, t) => `vec4 p${t} = ${read.at(of, k, 'row')};
        vec4 w${t} = ${read.at(weights, 'column', k)};`,
        `mat4 p = mat4(p0, p1, p2, p3);
        ${each((c) => `s${c} += p * vec4(w0[${c}], w1[${c}], w2[${c}], w3[${c}]);`)}`,
        (t) => each((c) => `s${c} += p${t} * w${t}[${c}];`),
      )}
      return mat4(s0, s1, s2, s3);
    }`,
    returnType: 'Matrix(4)',
    argumentTypes: { column: 'Number', row: 'Number' },
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

/** The inputs of a thread: as few as there are, and at most `tiles`. */
export function tilesOf(inputs: number, tiles: number): Tiles {
  const inputStride = Math.ceil(inputs / tiles);
  return { tiles: Math.ceil(inputs / inputStride), inputStride };
}

/**
 * `timesTransposed(column, row)`: gradients [rows, units] of gates times weightsᵀ, where the weights are in the gates layout. Tile t
 * has the rows of input `column` + t · `inputStride`.
 */
export function timesTransposed(
  gradients: readonly string[],
  weights: string,
  { blocks, stride, tiles, inputStride }: Columns & Tiles,
  webgl2: boolean,
): NativeFunction[] {
  const read = reads([...gradients, weights], webgl2);
  const parts = partsOf(gradients, blocks);
  return tiled(
    'timesTransposed',
    'column, row',
    tiles,
    `${read.start}
    for (int n = 0; n < ${stride}; n++) {
      float j = float(n);
      ${parts.map(({ name, block }, i) => `vec4 d${i} = ${read.at(name, `j + ${block * stride}.0`, 'row')};`).join('\n')}
      ${indices(tiles)
        .map(
          (t) => `vec4 w${t} = ${read.at(weights, 'j', `column + ${t * inputStride}.0`)};
          s${t} += ${parts.map((_, i) => `d${i} * w${t}[${i}]`).join(' + ')};`,
        )
        .join('\n')}
    }`,
  );
}

/**
 * `transposedTimes(column, row, count)`: ofᵀ times gradients, both transposed: [inputs, rows] and [units, rows]. Tile t has the
 * gates layout's column `column` of input `row` + t · `inputStride`. `count` is the number of texels in a row, and `bound` the
 * largest, which WebGL1 needs in the source.
 */
export function transposedTimes(
  of: string,
  gradients: readonly string[],
  { blocks, stride, tiles, inputStride, bound }: Columns & Tiles & { bound: number },
  webgl2: boolean,
): NativeFunction[] {
  const read = reads([of, ...gradients], webgl2);
  const parts = partsOf(gradients, blocks);
  const dot = (t: number, i: number) => (i < parts.length ? `dot(p${t}, d${i})` : '0.0');
  return tiled(
    'transposedTimes',
    'column, row, count',
    tiles,
    `${read.start}
    for (int n = 0; n < ${bound}; n++) {
      float k = float(n);
      if (k >= count) break;
      ${parts.map(({ name, block }, i) => `vec4 d${i} = ${read.at(name, 'k', `column + ${block * stride}.0`)};`).join('\n')}
      ${indices(tiles)
        .map(
          (t) => `vec4 p${t} = ${read.at(of, 'k', `row + ${t * inputStride}.0`)};
          s${t} += vec4(${FOUR.map((i) => dot(t, i)).join(', ')});`,
        )
        .join('\n')}
    }`,
  );
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

/** A loop over the terms 0 to count − 1: four are read as number 0 to 3 and then added by `four`, those at the end one by one. */
function fours(
  count: number,
  read: (k: string, t: number) => string,
  four: string,
  one: (t: number) => string,
): string {
  const rest = count % 4;
  const last = indices(rest).map((i) => `{ ${read(`${count - rest + i}.0`, 0)} ${one(0)} }`);
  const loop = `for (int n = 0; n < ${(count - rest) / 4}; n++) {
    float k = 4.0 * float(n);
    ${FOUR.map((t) => read(`k + ${t}.0`, t)).join('\n')}
    ${four}
  }`;
  return [...(count >= 4 ? [loop] : []), ...last].join('\n');
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
