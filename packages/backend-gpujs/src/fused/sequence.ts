import { loopBound, type Storage } from '../kernels.js';
import type { Arrays } from '../textures.js';
import type { Copy } from './atlas.js';
import { BLOCKS, timesTransposed, timesWeights, transposedTimes } from './products.js';
import { argument, ofRows, putters, quads, reader, tall, texel, writes } from './texels.js';

/* The products as launches: of all rows of a sequence at once, and the one back through U of a step's. */

const BLOCK_NAMES = BLOCKS.map((block) => `block${block}`);
const texture4 = 'texture4' as const;

export type Sequence = ReturnType<typeof sequence>;

export function sequence({ several, blank, drop, device }: Arrays, copy: Copy) {
  const webgl2 = device.mode === 'webgl2';

  return {
    /** x·W + b, as rows of units for each gate. `rows` are rows of texels. */
    product(
      x: Storage,
      w: Storage,
      { inner, units, gates, rows }: { inner: number; units: number; gates: number; rows: number },
    ): readonly Storage[] {
      const output = [units, tall(rows)] as const;
      const all = BLOCKS.slice(0, gates);
      const names = all.map((gate) => `x${gate}`);
      const launch = several(`x·W of ${gates},${inner}`, () => ({
        source: `function (${argument('x')}, ${argument('w')}) {
          var s = timesWeights(this.thread.x, this.thread.y);
          ${writes(all.map((gate) => [names[gate], ofRows(`s[${gate}][$]`)]))}
        }`,
        types: [texture4, texture4],
        channels: 4,
        also: putters(names),
        native: [timesWeights('x', 'w', { inner, gates: all }, webgl2)],
      }));
      return launch(output, x, w);
    },

    /**
     * A launch of gradients of gates times Wᵀ or Uᵀ, plus what is given, into `to`, as rows of inputs:
     * (gradients, their first row, weights, to, plus?).
     */
    productBack({
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
      // One thread finds four inputs, so far apart. Each is a result of its own, and goes to its own part of `to`.
      const apart = quads(inputs);
      const output = [apart, tall(rows)] as const;
      const names = gates.map((_, i) => `d${i}`);
      const arrays = [...names, 'u', ...(plus ? ['plus'] : [])];
      const given = (block: number) =>
        `var plus${block} = ${texel('plus', `this.thread.x + ${block * apart}`, 'this.thread.y')};`;
      const sum = (block: number) => `s[${block}][$]${plus ? ` + plus${block}[$]` : ''}`;
      const launch = several(`d·Wᵀ of ${gates}, ${units} to ${apart}${plus ? ', plus' : ''}`, () => ({
        source: `function (${arrays.map(argument).join(', ')}, first) {
          var s = timesTransposed(this.thread.x, first + this.thread.y);
          ${plus ? BLOCKS.map(given).join('\n') : ''}
          ${writes(BLOCKS.map((block) => [BLOCK_NAMES[block], ofRows(sum(block))]))}
        }`,
        types: [...arrays.map(() => texture4), 'number'],
        channels: 4,
        also: putters(BLOCK_NAMES),
        native: [
          timesTransposed(names, 'u', { units, apart, gates }, webgl2),
          ...(plus ? [reader('plus', webgl2)] : []),
        ],
      }));
      return (
        gradients: readonly Storage[],
        first: number,
        weights: Storage,
        to: Storage,
        more?: Storage,
      ) => {
        const results = launch(output, ...gradients, weights, ...(more ? [more] : []), first);
        results.forEach((result, block) => {
          const width = Math.min(apart, inputs - block * apart);
          if (width > 0) copy(result, to, block * apart, 0, width, rows);
          drop(result);
        });
      };
    },

    /**
     * The gradient, in gates, of weights that `of` was multiplied with, and in the row below them of their bias.
     * @param gradients with zeros below their rows, as far as {@link padded}
     * @param first the first row of `of`
     */
    weightGradient(
      of: Storage,
      gradients: readonly Storage[],
      { units, inputs, rows }: { units: number; inputs: number; rows: number },
      first: number,
    ): Storage {
      const apart = quads(inputs + 1);
      const output = [units, tall(apart)] as const;
      const names = gradients.map((_, i) => `d${i}`);
      const bound = loopBound(quads(rows));
      const launch = several(`aᵀ·d of ${inputs},${names.length}, up to ${bound}`, () => ({
        source: `function (${['a', ...names].map(argument).join(', ')}, first, rows) {
          var s = transposedTimes(this.thread.x, this.thread.y, first, rows);
          ${writes(BLOCKS.map((block) => [BLOCK_NAMES[block], ofRows(`s[${block}][$]`)]))}
        }`,
        types: [texture4, ...names.map(() => texture4), 'number', 'number'],
        channels: 4,
        also: putters(BLOCK_NAMES),
        native: [transposedTimes('a', names, { bound, apart, ones: inputs }, webgl2)],
      }));
      const found = blank(units, inputs + 1);
      launch(output, of, ...gradients, first, rows).forEach((result, block) => {
        const high = Math.min(apart, inputs + 1 - block * apart);
        if (high > 0) copy(result, found, 0, block * apart, units, high);
        drop(result);
      });
      return found;
    },
  };
}
