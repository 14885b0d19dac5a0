import { loopBound, type Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import type { Copy } from './copy.js';
import {
  computeTiles,
  tileSum,
  tilesOf,
  timesTransposed,
  timesWeights,
  transposedTimes,
} from './product-code.js';
import {
  argument,
  type Columns,
  columnsOf,
  FOUR,
  MAX_RESULTS,
  ofRows,
  putters,
  quads,
  reader,
  tall,
  texel,
  writes,
} from './texels.js';

/* The launches of the matrix products: over all rows of a sequence, or over those of one step. */

const texture4 = 'texture4' as const;
/** A GPU is busy with this number of threads. */
const MANY_THREADS = 4096;

export type Product = ReturnType<typeof product>;

export function product({ device, several, kernel, blank, drop }: Context, copy: Copy) {
  const webgl2 = device.mode === 'webgl2';

  /**
   * The inputs of one thread. More inputs are fewer reads for each product, which is what a software renderer takes its time for. A
   * GPU needs many threads first.
   */
  const tilesFor = (inputs: number, others: number) => {
    const four = quads(inputs) * others >= MANY_THREADS ? 4 : 1;
    return tilesOf(inputs, device.software && device.results >= MAX_RESULTS ? MAX_RESULTS : four);
  };
  const tileNames = (tiles: number) => Array.from({ length: tiles }, (_, tile) => `tile${tile}`);
  const keyOf = ({ gates, blocks, stride }: Columns) => `${gates} gates, ${blocks} of ${stride}`;

  return {
    /** x·W + b in the rows layout: an array [rows, stride] of texels for each component of the gates layout. */
    forward(
      x: Storage,
      w: Storage,
      { inner, rows, columns }: { inner: number; rows: number; columns: Columns },
    ): readonly Storage[] {
      const components = FOUR.slice(0, columns.gates * columns.blocks);
      const names = components.map((c) => `x${c}`);
      const launch = several(`x·W of ${components.length},${inner}`, () => ({
        // x [rows, inner] texels, w [inner + 1, stride] texels → [rows, stride] texels for each component
        source: `function (${argument('x')}, ${argument('w')}) {
          var s = timesWeights(this.thread.x, this.thread.y);
          ${writes(components.map((c) => [names[c], ofRows(`s[${c}][$]`)]))}
        }`,
        types: [texture4, texture4],
        channels: 4,
        also: putters(names),
        native: [timesWeights('x', 'w', { inner, ...columns }, webgl2)],
      }));
      return launch([columns.stride, tall(rows)], x, w);
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
      gates: number;
      rows: number;
      plus: boolean;
    }) {
      // Each tile is a separate result, which is copied to its own columns of `to`.
      const tiles = tilesFor(inputs, rows);
      const columns = columnsOf(gates, units);
      const output = [tiles.inputStride, tall(rows)] as const;
      const names = tileNames(tiles.tiles);
      const gradientNames = FOUR.slice(0, gates).map((gate) => `d${gate}`);
      const arrays = [...gradientNames, 'u', ...(plus ? ['plus'] : [])];
      const readPlus = (_: string, tile: number) =>
        `var plus${tile} = ${texel('plus', `this.thread.x + ${tile * tiles.inputStride}`, 'this.thread.y')};`;
      const sum = (tile: number) => `${tileSum(tile)}${plus ? ` + plus${tile}[$]` : ''}`;
      const key = `d·Wᵀ of ${keyOf(columns)}, ${tiles.tiles} at ${tiles.inputStride}${plus ? ', plus' : ''}`;
      const launch = several(key, () => ({
        // gradients [rows, units] texels of each gate, u [inputs + 1, stride] texels, plus [rows, inputs] texels → for each tile
        // [rows, inputStride] texels
        source: `function (${arrays.map(argument).join(', ')}, first) {
          ${computeTiles('timesTransposed(this.thread.x, first + this.thread.y)', tiles.tiles)}
          ${plus ? names.map(readPlus).join('\n') : ''}
          ${writes(names.map((name, tile) => [name, ofRows(sum(tile))]))}
        }`,
        types: [...arrays.map(() => texture4), 'number'],
        channels: 4,
        also: putters(names),
        native: [
          ...timesTransposed(gradientNames, 'u', { ...columns, ...tiles }, webgl2),
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
        results.forEach((result, tile) => {
          const x = tile * tiles.inputStride;
          copy(result, to, x, 0, Math.min(tiles.inputStride, inputs - x), rows);
          drop(result);
        });
      };
    },

    /**
     * `rows` rows of an array, from `first` on, as texels [features, rows]; with `ones`, a further feature that is 1, whose weight is
     * the bias. A product over rows then reads one texel after the other, which is what caches are good at.
     */
    transpose(
      array: Storage,
      { features, first, rows, ones }: { features: number; first: number; rows: number; ones: boolean },
    ): Storage {
      const launch = kernel(`transpose${ones ? ', ones' : ''}`, () => ({
        // array [rows, features] texels → [features + 1, rows] texels
        source: `function (${argument('array')}, features, first) {
          ${ones ? 'if (this.thread.y >= features) { return [1, 1, 1, 1]; }' : ''}
          return ${texel('array', 'this.thread.y', 'first + this.thread.x')};
        }`,
        types: [texture4, 'number', 'number'],
        channels: 4,
        native: [reader('array', webgl2)],
      }));
      return launch([rows, tall(features + Number(ones))], array, features, first);
    },

    /**
     * The gradient, in the gates layout, of the weights that multiplied `of`, and of their bias in the row below.
     * @param of transposed, with ones
     * @param gradients transposed, an array for each gate
     */
    weightGradient(
      of: Storage,
      gradients: readonly Storage[],
      { units, inputs, rows }: { units: number; inputs: number; rows: number },
    ): Storage {
      const columns = columnsOf(gradients.length, units);
      const tiles = tilesFor(inputs + 1, columns.stride);
      const output = [columns.stride, tall(tiles.inputStride)] as const;
      const names = tileNames(tiles.tiles);
      const gradientNames = gradients.map((_, i) => `d${i}`);
      const bound = loopBound(rows);
      const key = `aᵀ·d of ${keyOf(columns)}, ${tiles.tiles} at ${tiles.inputStride}, up to ${bound}`;
      const launch = several(key, () => ({
        // a [inputs + 1, rows] texels, gradients [units, rows] texels of each gate → for each tile [inputStride, stride] texels
        source: `function (${['a', ...gradientNames].map(argument).join(', ')}, rows) {
          ${computeTiles('transposedTimes(this.thread.x, this.thread.y, rows)', tiles.tiles)}
          ${writes(names.map((name, tile) => [name, ofRows(tileSum(tile))]))}
        }`,
        types: [texture4, ...gradientNames.map(() => texture4), 'number'],
        channels: 4,
        also: putters(names),
        native: transposedTimes('a', gradientNames, { ...columns, ...tiles, bound }, webgl2),
      }));
      const gradient = blank(columns.stride, inputs + 1);
      launch(output, of, ...gradients, rows).forEach((result, tile) => {
        const y = tile * tiles.inputStride;
        copy(result, gradient, 0, y, columns.stride, Math.min(tiles.inputStride, inputs + 1 - y));
        drop(result);
      });
      return gradient;
    },
  };
}
