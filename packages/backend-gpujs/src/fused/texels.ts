/*
 * The fused kernels store arrays in texels of four numbers, in two layouts. With these, a thread computes four rows by all gates
 * of a unit from two reads for each term. On a software renderer, reads are most of the cost of a product.
 *
 *   rows    [S, B, F] as [S·Q, F] texels, Q = ⌈B / 4⌉: texel (f, s·Q + q) has rows 4q … 4q + 3 of the batch. Rows past B are zero
 *   gates   [K, G·H] as [K + 1, S] texels: texel (j, k) has the gates of unit j, and if they are one or two, also those of the
 *           units j + S …, so that it is full: see {@link columnsOf}. The last row has the bias
 *
 * Kernels are text, in which `$` stands for a row of a texel. {@link eachRow} repeats the text for the four rows.
 */
import type { NativeFunction } from '../gpu.js';

/** ⌈count / 4⌉: Q, and the stride between the four results that one thread computes. */
export const quads = (count: number) => Math.ceil(count / 4);

/** The largest number of textures that a kernel writes. */
export const MAX_RESULTS = 8;

/** The numbers in a texel, and the rows of the batch or the columns of weights that it has. */
export const FOUR = [0, 1, 2, 3] as const;

/** The gates layout of G gates: the gate number `gate` of unit j + block · `stride` is component `gate` · `blocks` + block of a texel. */
export interface Columns {
  /** G, at most 4. */
  readonly gates: number;
  /** The units whose gates share a texel: 4 of one gate, 2 of two gates, 1 otherwise. */
  readonly blocks: number;
  /** S, the width in texels. */
  readonly stride: number;
}

export function columnsOf(gates: number, units: number): Columns {
  const blocks = Math.floor(4 / gates);
  return { gates, blocks, stride: Math.ceil(units / blocks) };
}

/** The height of a texture for `height` rows of texels: at least 2, because gpu.js folds a single row into a square. */
export const tall = (height: number) => Math.max(2, height);

export const eachRow = (text: string) => FOUR.map((row) => text.replaceAll('$', `${row}`)).join('\n');

/** A call that reads texel (x, y) of an array. See {@link reader}. */
export const texel = (array: string, x: string, y: string) => `${array}At(${x}, ${y})`;

/** The name of an array as an argument; the array's own name is used for a texel of it. gpu.js doubles underscores. */
export const argument = (array: string) => `${array}Texels`;

/** {@link texel} in GLSL. gpu.js's own access computes a flat index, which costs more than the read. */
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

/** `component(texel, i)`: component i of a texel. WebGL1 has no dynamic index. */
export const COMPONENT: NativeFunction = {
  name: 'component',
  source: 'float component(vec4 v, int i) { return i == 0 ? v.x : i == 1 ? v.y : i == 2 ? v.z : v.w; }',
  returnType: 'Number',
  argumentTypes: { v: 'Array(4)', i: 'Integer' },
};

/** The end of a kernel: it writes the numbers of a texel for each result. */
export function writes(results: readonly (readonly [name: string, numbers: readonly string[]])[]): string {
  const [[, first], ...others] = results;
  const calls = others.map(([name, numbers]) => `${put(name)}(${numbers.join(', ')});`);
  return `${calls.join('\n')}\nreturn ${first.length === 1 ? first[0] : `[${first.join(', ')}]`};`;
}

/** The functions with which a kernel writes its results after the first. */
export const putters = (names: readonly string[], channels: 1 | 4 = 4) => {
  const [parameters, value] = channels === 1 ? ['a', 'a'] : ['a, b, c, d', '[a, b, c, d]'];
  return names.slice(1).map((name) => `function ${put(name)}(${parameters}) { return ${value}; }`);
};

const put = (name: string) => `put${name.toUpperCase()}`;

/** An expression for each of the four rows. */
export const ofRows = (number: string) => FOUR.map((row) => number.replaceAll('$', `${row}`));
