import type { KernelSource } from '../kernels.js';
import { BLOCKS, timesTransposed, timesWeights, transposedTimes } from './products.js';
import { argument, ofRows, putters, reader, texel, writes } from './texels.js';

/* The products over a whole sequence, and the one back through U at each step, as kernels of several results. */

const BLOCK_NAMES = BLOCKS.map((block) => `block${block}`);
const texture4 = 'texture4' as const;

/** x·W + b for all steps: (x, w) → x0, x1 … of each gate, in rows. Threads: units by rows of texels. */
export function inputProduct(inner: number, gates: readonly number[], webgl2: boolean): KernelSource {
  const names = gates.map((gate) => `x${gate}`);
  return {
    source: `function (${argument('x')}, ${argument('w')}) {
      var s = timesWeights(this.thread.x, this.thread.y);
      ${writes(gates.map((gate, i) => [names[i], ofRows(`s[${gate}][$]`)]))}
    }`,
    types: [texture4, texture4],
    channels: 4,
    also: putters(names),
    native: [timesWeights('x', 'w', { inner, gates }, webgl2)],
  };
}

/**
 * Gradients of gates times Wᵀ or Uᵀ, plus what is given: (d0, d1 …, u, plus?, first row of d) → four blocks of
 * inputs, in rows. Threads: inputs of a block by rows of texels.
 */
export function productBack(
  { units, apart, gates, plus }: { units: number; apart: number; gates: readonly number[]; plus: boolean },
  webgl2: boolean,
): KernelSource {
  const gradients = gates.map((_, i) => `d${i}`);
  const arrays = [...gradients, 'u', ...(plus ? ['plus'] : [])];
  const given = (block: number) =>
    `var plus${block} = ${texel('plus', `this.thread.x + ${block * apart}`, 'this.thread.y')};`;
  const sum = (block: number) => `s[${block}][$]${plus ? ` + plus${block}[$]` : ''}`;
  return {
    source: `function (${arrays.map(argument).join(', ')}, first) {
      var s = timesTransposed(this.thread.x, first + this.thread.y);
      ${plus ? BLOCKS.map(given).join('\n') : ''}
      ${writes(BLOCKS.map((block) => [BLOCK_NAMES[block], ofRows(sum(block))]))}
    }`,
    types: [...arrays.map(() => texture4), 'number'],
    channels: 4,
    also: putters(BLOCK_NAMES),
    native: [
      timesTransposed(gradients, 'u', { units, apart, gates }, webgl2),
      ...(plus ? [reader('plus', webgl2)] : []),
    ],
  };
}

/**
 * What went into a product, transposed, times gradients of gates: (a, d0, d1 …, first row of a) → four blocks of
 * inputs, in gates. Threads: units by inputs of a block. Input number `ones` stands for the bias.
 */
export function weightGradient(
  { gates, apart, ones, rows }: { gates: number; apart: number; ones: number; rows: number },
  webgl2: boolean,
): KernelSource {
  const gradients = Array.from({ length: gates }, (_, i) => `d${i}`);
  const arrays = ['a', ...gradients];
  return {
    source: `function (${arrays.map(argument).join(', ')}, first) {
      var s = transposedTimes(this.thread.x, this.thread.y, first);
      ${writes(BLOCKS.map((block) => [BLOCK_NAMES[block], ofRows(`s[${block}][$]`)]))}
    }`,
    types: [...arrays.map(() => texture4), 'number'],
    channels: 4,
    also: putters(BLOCK_NAMES),
    native: [transposedTimes('a', gradients, { rows, apart, ones }, webgl2)],
  };
}
