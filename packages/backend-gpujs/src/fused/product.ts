import { loopBound, type Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import type { Copy } from './copy.js';
import { BLOCKS, timesTransposed, timesWeights, transposedTimes } from './product-code.js';
import { argument, ofRows, putters, quads, reader, tall, texel, writes } from './texels.js';

/* The launches of the matrix products: over all rows of a sequence, or over those of one step. */

const BLOCK_NAMES = BLOCKS.map((block) => `block${block}`);
const texture4 = 'texture4' as const;

export type Product = ReturnType<typeof product>;

export function product({ several, blank, drop, device }: Context, copy: Copy) {
  const webgl2 = device.mode === 'webgl2';

  return {
    /** x·W + b in the rows layout: an array [rows, units] of texels for each gate. */
    forward(
      x: Storage,
      w: Storage,
      { inner, units, gates, rows }: { inner: number; units: number; gates: number; rows: number },
    ): readonly Storage[] {
      const output = [units, tall(rows)] as const;
      const gateIndices = BLOCKS.slice(0, gates);
      const names = gateIndices.map((gate) => `x${gate}`);
      const launch = several(`x·W of ${gates},${inner}`, () => ({
        // x [rows, inner] texels, w [inner + 1, units] texels → [rows, units] texels for each gate
        source: `function (${argument('x')}, ${argument('w')}) {
          var s = timesWeights(this.thread.x, this.thread.y);
          ${writes(gateIndices.map((gate) => [names[gate], ofRows(`s[${gate}][$]`)]))}
        }`,
        types: [texture4, texture4],
        channels: 4,
        also: putters(names),
        native: [timesWeights('x', 'w', { inner, gates: gateIndices }, webgl2)],
      }));
      return launch(output, x, w);
    },

    /**
     * Prepares a launch that computes the gradients of gates times Wᵀ or Uᵀ, plus `added` if `plus` is set, and copies the result
     * to `to`, [rows, inputs] texels. `first` is the first row of the gradients.
     */
    backward({
      units,
      inputs,
      gates,
      rows,
      plus,
    }: {
      units: number;
      inputs: number;
      gates: readonly number[];
      rows: number;
      plus: boolean;
    }) {
      // One thread computes four inputs, at a distance of one stride. Each is a separate result, which is copied to its own columns of `to`.
      const stride = quads(inputs);
      const output = [stride, tall(rows)] as const;
      const names = gates.map((_, i) => `d${i}`);
      const arrays = [...names, 'u', ...(plus ? ['plus'] : [])];
      const readPlus = (block: number) =>
        `var plus${block} = ${texel('plus', `this.thread.x + ${block * stride}`, 'this.thread.y')};`;
      const sum = (block: number) => `s[${block}][$]${plus ? ` + plus${block}[$]` : ''}`;
      const launch = several(`d·Wᵀ of ${gates}, ${units} to ${stride}${plus ? ', plus' : ''}`, () => ({
        // gradients [rows, units] texels of each gate, u [inputs + 1, units] texels, plus [rows, inputs] texels → four of
        // [rows, stride] texels
        source: `function (${arrays.map(argument).join(', ')}, first) {
          var s = timesTransposed(this.thread.x, first + this.thread.y);
          ${plus ? BLOCKS.map(readPlus).join('\n') : ''}
          ${writes(BLOCKS.map((block) => [BLOCK_NAMES[block], ofRows(sum(block))]))}
        }`,
        types: [...arrays.map(() => texture4), 'number'],
        channels: 4,
        also: putters(BLOCK_NAMES),
        native: [
          timesTransposed(names, 'u', { units, stride, gates }, webgl2),
          ...(plus ? [reader('plus', webgl2)] : []),
        ],
      }));
      return (
        gradients: readonly Storage[],
        first: number,
        weights: Storage,
        to: Storage,
        added?: Storage,
      ) => {
        const results = launch(output, ...gradients, weights, ...(added ? [added] : []), first);
        results.forEach((result, block) => {
          const width = Math.min(stride, inputs - block * stride);
          if (width > 0) copy(result, to, block * stride, 0, width, rows);
          drop(result);
        });
      };
    },

    /**
     * The gradient, in the gates layout, of the weights that multiplied `of`, and of their bias in the row
     * below.
     * @param gradients an array for each gate, with zeros below their rows as far as {@link padded}
     * @param first the first row of `of`
     */
    weightGradient(
      of: Storage,
      gradients: readonly Storage[],
      { units, inputs, rows }: { units: number; inputs: number; rows: number },
      first: number,
    ): Storage {
      const stride = quads(inputs + 1);
      const output = [units, tall(stride)] as const;
      const names = gradients.map((_, i) => `d${i}`);
      const bound = loopBound(quads(rows));
      const launch = several(`aᵀ·d of ${inputs},${names.length}, up to ${bound}`, () => ({
        // a [rows, inputs] texels, gradients [rows, units] texels of each gate → four of [stride, units] texels
        source: `function (${['a', ...names].map(argument).join(', ')}, first, rows) {
          var s = transposedTimes(this.thread.x, this.thread.y, first, rows);
          ${writes(BLOCKS.map((block) => [BLOCK_NAMES[block], ofRows(`s[${block}][$]`)]))}
        }`,
        types: [texture4, ...names.map(() => texture4), 'number', 'number'],
        channels: 4,
        also: putters(BLOCK_NAMES),
        native: [transposedTimes('a', names, { bound, stride, ones: inputs }, webgl2)],
      }));
      const gradient = blank(units, inputs + 1);
      launch(output, of, ...gradients, first, rows).forEach((result, block) => {
        const height = Math.min(stride, inputs + 1 - block * stride);
        if (height > 0) copy(result, gradient, 0, block * stride, units, height);
        drop(result);
      });
      return gradient;
    },
  };
}
