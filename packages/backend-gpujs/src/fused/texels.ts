/*
 * The fused kernels keep arrays in texels of four numbers, in two layouts. With them a thread computes four rows by all
 * gates of a unit from two reads a term; on a software renderer, reads are what a product costs.
 *
 *   rows    [S, B, F] as texels (f, s·Q + q) of rows 4q … 4q + 3 of the batch; Q = ⌈B / 4⌉. Rows past B hold zeros
 *   gates   [K, G·H] as texels (j, k) of the gates of unit j; in the row of texels below, the bias
 *
 * Kernels are text. In it `$` stands for a row of a texel, and {@link eachRow} writes it out for the four.
 */
import type { NativeFunction } from '../gpu.js';

/** Q, and as well how far apart the four blocks lie that one thread computes its results in. */
export const quads = (count: number) => Math.ceil(count / 4);

/** The height of a texture for so many rows of texels: gpu.js folds a single one into a square. */
export const tall = (height: number) => Math.max(2, height);

/** So many rows and zeros below them, for sums that take four a turn. */
export const padded = (height: number) => 4 * quads(height);

const ROWS = [0, 1, 2, 3] as const;

export const eachRow = (text: string) => ROWS.map((row) => text.replaceAll('$', `${row}`)).join('\n');

/** A call that reads texel (x, y) of an array; see {@link reader}. */
export const texel = (array: string, x: string, y: string) => `${array}At(${x}, ${y})`;

/** The argument that an array is read from; its own name is left for a texel of it. gpu.js doubles underscores. */
export const argument = (array: string) => `${array}Texels`;

/** {@link texel} in GLSL: gpu.js's own access goes by way of a flat index, which costs more than the read itself. */
export function reader(array: string, webgl2: boolean): NativeFunction {
  const name = `user_${argument(array)}`;
  const sample = webgl2 ? 'texture' : 'texture2D';
  return {
    name: `${array}At`,
    source: `vec4 ${array}At(float x, float y) { return ${sample}(${name}, (vec2(x, y) + 0.5) / vec2(${name}Size)); }`,
    returnType: 'Array(4)',
    argumentTypes: { x: 'Number', y: 'Number' },
  };
}

/** `lane(texel, i)`: number i of a texel. WebGL1 has no such index. */
export const LANE: NativeFunction = {
  name: 'lane',
  source: 'float lane(vec4 v, int i) { return i == 0 ? v.x : i == 1 ? v.y : i == 2 ? v.z : v.w; }',
  returnType: 'Number',
  argumentTypes: { v: 'Array(4)', i: 'Integer' },
};

/** What a kernel ends with: a texel for each result, of these four numbers. */
export function writes(results: readonly (readonly [name: string, numbers: readonly string[]])[]): string {
  const [[, first], ...others] = results;
  const calls = others.map(([name, numbers]) => `${put(name)}(${numbers.join(', ')});`);
  return `${calls.join('\n')}\nreturn ${first.length === 1 ? first[0] : `[${first.join(', ')}]`};`;
}

/** The functions by which a kernel writes its results after the first. */
export const putters = (names: readonly string[], channels: 1 | 4 = 4) => {
  const [parameters, value] = channels === 1 ? ['a', 'a'] : ['a, b, c, d', '[a, b, c, d]'];
  return names.slice(1).map((name) => `function ${put(name)}(${parameters}) { return ${value}; }`);
};

const put = (name: string) => `put${name.toUpperCase()}`;

/** The same number of each of the four rows. */
export const ofRows = (number: string) => ROWS.map((row) => number.replaceAll('$', `${row}`));
