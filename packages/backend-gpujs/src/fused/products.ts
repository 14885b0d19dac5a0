import type { KernelSource } from '../kernels.js';
import { argument, eachRow, ofRows, putters, reader, texel, writes } from './texels.js';

/*
 * The products over a whole sequence, and the one back through U at each step. Each thread computes 16 numbers, in four
 * results, from eight reads of four.
 */

const BLOCKS = [0, 1, 2, 3] as const;
const PARTS = BLOCKS.map((block) => `part${block}`);
const texture4 = 'texture4' as const;

/** s0$, s1$ …, the sums of each gate and row, begun with the gate's bias. */
export const start = (bias: string, gates: readonly number[]) =>
  gates.map((gate) => eachRow(`var s${gate}$ = ${bias}[${gate}];`)).join('\n');

/** To the sums: rows of one input times its weights. */
export const accumulate = (rows: string, weights: string, gates: readonly number[]) =>
  gates.map((gate) => eachRow(`s${gate}$ += ${rows}[$] * ${weights}[${gate}];`)).join('\n');

/** x·W + b for all steps, a result for each gate: (x, w) → x0, x1 … in rows. Threads: units by rows of texels. */
export function inputProduct(inner: number, gates: readonly number[], webgl2: boolean): KernelSource {
  const names = gates.map((gate) => `x${gate}`);
  return {
    source: `function (${argument('x')}, ${argument('w')}) {
      var bias = ${texel('w', 'this.thread.x', 'this.constants.inner')};
      ${start('bias', gates)}
      for (var k = 0; k < this.constants.inner; k++) {
        var p = ${texel('x', 'k', 'this.thread.y')};
        var w = ${texel('w', 'this.thread.x', 'k')};
        ${accumulate('p', 'w', gates)}
      }
      ${writes(gates.map((gate) => [`x${gate}`, ofRows(`s${gate}$`)]))}
    }`,
    types: [texture4, texture4],
    channels: 4,
    also: putters(names),
    constants: { inner },
    native: [reader('x', webgl2), reader('w', webgl2)],
  };
}

/**
 * Gradients of gates, in rows, times Wᵀ or Uᵀ, in rows: (d0, d1 …, u, first row of d, plus?) → four blocks of inputs,
 * `apart` inputs each, as four results. Threads: inputs of a block by rows of texels.
 */
export function productBack(
  { units, apart, gates, plus }: { units: number; apart: number; gates: readonly number[]; plus: boolean },
  webgl2: boolean,
): KernelSource {
  const gradients = gates.map((_, i) => `d${i}`);
  const arrays = [...gradients, 'u', ...(plus ? ['plus'] : [])];
  const input = (block: number) => `this.thread.x + ${block} * this.constants.apart`;
  const terms = (block: number) => gates.map((gate, i) => `d${i}[$] * w${block}[${gate}]`).join(' + ');
  return {
    source: `function (${arrays.map(argument).join(', ')}, first) {
      var row = first + this.thread.y;
      ${BLOCKS.map((block) =>
        plus
          ? `var plus${block} = ${texel('plus', input(block), 'this.thread.y')};
             ${eachRow(`var s${block}$ = plus${block}[$];`)}`
          : eachRow(`var s${block}$ = 0.0;`),
      ).join('\n')}
      for (var j = 0; j < this.constants.units; j++) {
        ${gradients.map((d) => `var ${d} = ${texel(d, 'j', 'row')};`).join('\n')}
        ${BLOCKS.map(
          (block) => `var w${block} = ${texel('u', 'j', input(block))};
          ${eachRow(`s${block}$ += ${terms(block)};`)}`,
        ).join('\n')}
      }
      ${writes(BLOCKS.map((block) => [PARTS[block], ofRows(`s${block}$`)]))}
    }`,
    types: [...arrays.map(() => texture4), 'number'],
    channels: 4,
    also: putters(PARTS),
    constants: { units, apart },
    native: arrays.map((array) => reader(array, webgl2)),
  };
}

/**
 * Inputs, in rows, transposed, times gradients of gates, in rows: (a, d0, d1 …, first row of a, rows) → four blocks of
 * inputs, `apart` inputs each, as four results in gates. Threads: units by inputs of a block.
 * Input number `ones` is 1 in every row, and what comes of it the gradient of a bias.
 */
export function weightGradient(
  { gates, apart, ones, most }: { gates: number; apart: number; ones: number; most: number },
  webgl2: boolean,
): KernelSource {
  const gradients = Array.from({ length: gates }, (_, i) => `d${i}`);
  const dot = (block: number, i: number) =>
    `s${block}${i} += ${ofRows(`a${block}[$] * d${i}[$]`).join(' + ')};`;
  const each = (text: (block: number, i: number) => string) =>
    BLOCKS.flatMap((block) => gradients.map((_, i) => text(block, i))).join('\n');
  return {
    source: `function (${['a', ...gradients].map(argument).join(', ')}, first, rows) {
      ${each((block, i) => `var s${block}${i} = 0.0;`)}
      for (var row = 0; row < this.constants.most; row++) {
        if (row >= rows) { break; }
        ${gradients.map((d) => `var ${d} = ${texel(d, 'this.thread.x', 'row')};`).join('\n')}
        ${BLOCKS.map((block) => `var a${block} = ${texel('a', `this.thread.y + ${block} * this.constants.apart`, 'first + row')};`).join('\n')}
        ${each(dot)}
      }
      ${writes(BLOCKS.map((block) => [PARTS[block], BLOCKS.map((i) => (i < gates ? `s${block}${i}` : '0'))]))}
    }`,
    types: ['texture4', ...gradients.map(() => texture4), 'number', 'number'],
    channels: 4,
    also: putters(PARTS),
    constants: { apart, most },
    native: [reader('a', webgl2, ones), ...gradients.map((d) => reader(d, webgl2))],
  };
}
