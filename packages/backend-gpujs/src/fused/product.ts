import { loopBound, type Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';
import type { Copy } from './copy.js';
import { computeTiles, tileSum, timesTransposed, timesWeights, transposedTimes } from './product-code.js';
import {
  argument,
  type Columns,
  columnsOf,
  FOUR,
  MAX_RESULTS,
  ofRows,
  putters,
  reader,
  tall,
  texel,
  writes,
} from './texels.js';

/* The launches of the matrix products: over all rows of a sequence, or over those of one step. */

const texture4 = 'texture4' as const;
/** A GPU is busy with this number of threads. */
const MANY_THREADS = 2048;
/** From this number of terms on, a software renderer saves more by reading less than copies of four more results cost. */
const MANY_TERMS = 2 ** 16;

export type Product = ReturnType<typeof product>;

export function product({ device, several, kernel, blank, drop, outputOf }: Context, copy: Copy) {
  const webgl2 = device.mode === 'webgl2';

  /**
   * The inputs of one thread, of `inputs` · `others` sums of `terms` terms each. More inputs are fewer reads for each term, which is
   * what a software renderer takes its time for, and more results to copy. A GPU needs many threads first.
   */
  const tilesFor = (inputs: number, others: number, terms: number) => {
    const strideOf = (tiles: number) => Math.ceil(inputs / tiles);
    const isLarge = inputs * others * terms >= MANY_TERMS && device.results >= MAX_RESULTS;
    const many = [4, 2].find((tiles) => strideOf(tiles) * others >= MANY_THREADS) ?? 1;
    const tiles = device.software ? (isLarge ? MAX_RESULTS : 4) : many;
    return { tiles, inputStride: strideOf(tiles) };
  };
  const tileNames = (tiles: number) => Array.from({ length: tiles }, (_, tile) => `tile${tile}`);
  const keyOf = ({ gates }: Columns) => `${gates} gates`;

  return {
    /** x·W + b in the rows layout: an array [rows, stride] of texels for each component of the gates layout. */
    forward(
      x: Storage,
      w: Storage,
      { inner, rows, columns }: { inner: number; rows: number; columns: Columns },
    ): readonly Storage[] {
      const components = FOUR.slice(0, columns.gates * columns.blocks);
      const names = components.map((c) => `x${c}`);
      const bound = loopBound(inner);
      const launch = several(`x·W of ${keyOf(columns)}, up to ${bound}`, () => ({
        // x [rows, inner] texels, w [inner + 1, stride] texels → [rows, stride] texels for each component
        source: `function (${argument('x')}, ${argument('w')}, inner) {
          var s = timesWeights(this.thread.x, this.thread.y, inner);
          ${writes(components.map((c) => [names[c], ofRows(`s[${c}][$]`)]))}
        }`,
        types: [texture4, texture4, 'number'],
        channels: 4,
        also: putters(names),
        native: [timesWeights('x', 'w', columns, bound, webgl2)],
      }));
      return launch([columns.stride, tall(rows)], x, w, inner);
    },

    /**
     * Prepares a launch that computes the gradients of gates times Wᵀ or Uᵀ, plus `added` if `plus` is set. Its result has
     * [rows, inputs] texels: it is `to`, or a new array, which the caller owns, if one thread computes one input. `first` is the first
     * row of the gradients.
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
      const columns = columnsOf(gates, units);
      const tiles = tilesFor(inputs, rows, columns.stride);
      const output = [tiles.inputStride, tall(rows)] as const;
      const names = tileNames(tiles.tiles);
      const gradientNames = FOUR.slice(0, gates).map((gate) => `d${gate}`);
      const arrays = [...gradientNames, 'u', ...(plus ? ['plus'] : [])];
      const readPlus = (_: string, tile: number) =>
        `var plus${tile} = ${texel('plus', `this.thread.x + ${tile} * inputStride`, 'this.thread.y')};`;
      const sum = (tile: number) => `${tileSum(tile)}${plus ? ` + plus${tile}[$]` : ''}`;
      const bound = loopBound(columns.stride);
      const key = `d·Wᵀ of ${keyOf(columns)}, ${tiles.tiles} tiles, up to ${bound}${plus ? ', plus' : ''}`;
      const launch = several(key, () => ({
        // gradients [rows, units] texels of each gate, u [inputs + 1, stride] texels, plus [rows, inputs] texels → for each tile
        // [rows, inputStride] texels
        source: `function (${arrays.map(argument).join(', ')}, first, stride, inputStride) {
          ${computeTiles('timesTransposed(this.thread.x, first + this.thread.y, stride, inputStride)', tiles.tiles)}
          ${plus ? names.map(readPlus).join('\n') : ''}
          ${writes(names.map((name, tile) => [name, ofRows(sum(tile))]))}
        }`,
        types: [...arrays.map(() => texture4), 'number', 'number', 'number'],
        channels: 4,
        also: putters(names),
        native: [
          ...timesTransposed(gradientNames, 'u', { ...columns, ...tiles }, bound, webgl2),
          ...(plus ? [reader('plus', webgl2)] : []),
        ],
      }));
      return (
        gradients: readonly Storage[],
        first: number,
        weights: Storage,
        to: Storage,
        added?: Storage,
      ): Storage => {
        const textures = [...gradients, weights, ...(added ? [added] : [])];
        const results = launch(output, ...textures, first, columns.stride, tiles.inputStride);
        if (results.length === 1) return results[0];
        results.forEach((result, tile) => {
          const x = tile * tiles.inputStride;
          const width = Math.min(tiles.inputStride, inputs - x);
          if (width > 0) copy(result, to, x, 0, width, rows);
          drop(result);
        });
        return to;
      };
    },

    /**
     * `rows` rows of an array, from `first` on, as texels [features, rows]. A product over rows then reads one texel after the
     * other, which is what caches are good at.
     */
    transpose(
      array: Storage,
      { features, first, rows }: { features: number; first: number; rows: number },
    ): Storage {
      const launch = kernel('transpose', () => ({
        // array [rows, features] texels → [features, rows] texels
        source: `function (${argument('array')}, first) {
          return ${texel('array', 'this.thread.y', 'first + this.thread.x')};
        }`,
        types: [texture4, 'number'],
        channels: 4,
        native: [reader('array', webgl2)],
      }));
      return launch([rows, tall(features)], array, first);
    },

    /**
     * The gradient, in the gates layout, of the weights that multiplied `of`.
     * @param of transposed
     * @param gradients transposed, an array for each gate
     */
    weightGradient(
      of: Storage,
      gradients: readonly Storage[],
      { units, inputs, rows }: { units: number; inputs: number; rows: number },
    ): Storage {
      const columns = columnsOf(gradients.length, units);
      const tiles = tilesFor(inputs, columns.stride, rows);
      const output = [columns.stride, tall(tiles.inputStride)] as const;
      const names = tileNames(tiles.tiles);
      const gradientNames = gradients.map((_, i) => `d${i}`);
      const bound = loopBound(rows);
      const key = `aᵀ·d of ${keyOf(columns)}, ${tiles.tiles} tiles, up to ${bound}`;
      const launch = several(key, () => ({
        // a [inputs, rows] texels, gradients [units, rows] texels of each gate → for each tile [inputStride, stride] texels
        source: `function (${['a', ...gradientNames].map(argument).join(', ')}, rows, stride, inputStride) {
          ${computeTiles('transposedTimes(this.thread.x, this.thread.y, rows, stride, inputStride)', tiles.tiles)}
          ${writes(names.map((name, tile) => [name, ofRows(tileSum(tile))]))}
        }`,
        types: [texture4, ...gradientNames.map(() => texture4), 'number', 'number', 'number'],
        channels: 4,
        also: putters(names),
        native: transposedTimes('a', gradientNames, { ...columns, ...tiles }, bound, webgl2),
      }));
      const gradient = blank(columns.stride, tall(inputs));
      launch(output, of, ...gradients, rows, columns.stride, tiles.inputStride).forEach((result, tile) => {
        const y = tile * tiles.inputStride;
        const height = Math.min(tiles.inputStride, inputs - y);
        if (height > 0) copy(result, gradient, 0, y, columns.stride, height);
        drop(result);
      });
      return gradient;
    },

    /** The gradient of a bias, a tensor of the units of all gates: the sums of the gradients, which are transposed, over all rows. */
    biasGradient(gradients: readonly Storage[], units: number, rows: number): Storage {
      const names = gradients.map((_, i) => `d${i}`);
      const bound = loopBound(rows);
      const launch = kernel(`bias of ${names.length}, up to ${bound}`, () => ({
        // gradients [units, rows] texels of each gate → [gates · units]
        source: `function (${names.map(argument).join(', ')}, units, rows) {
          var i = ${FLAT};
          var gate = quotient(i, units);
          var unit = i - gate * units;
          var sum = 0.0;
          ${names
            .map(
              (name, gate) => `if (gate === ${gate}) {
                for (var n${gate} = 0; n${gate} < ${bound}; n${gate}++) {
                  if (n${gate} >= rows) { break; }
                  var d${gate} = ${texel(name, `n${gate}`, 'unit')};
                  sum = sum + d${gate}[0] + d${gate}[1] + d${gate}[2] + d${gate}[3];
                }
              }`,
            )
            .join('\n')}
          return sum;
        }`,
        types: [...names.map(() => texture4), 'number', 'number'],
        native: names.map((name) => reader(name, webgl2)),
      }));
      return launch(outputOf([gradients.length * units]), ...gradients, units, rows);
    },
  };
}
