import { type KernelSource, loopBound } from '../kernels.js';
import { type Moment, type Phase, recurrentWeights } from './cell.js';
import { timesWeights } from './product-code.js';
import { argument, columnsOf, eachRow, FOUR, ofRows, putters, reader, texel, writes } from './texels.js';

/** The first row of the block of each moment. `step` is (t, first row of here, of before, of after). */
const FIRST_ROW: Record<Moment, string> = { here: 'step[1]', before: 'step[2]', after: 'step[3]', now: '0' };

/** A kernel, and the names of the arrays that it reads and writes. */
export interface PhaseKernel {
  readonly reads: readonly string[];
  /** In the order of its results. A thread computes several units, and so several results of an array, at a distance of `stride`. */
  readonly writes: readonly { readonly name: string; readonly block: number }[];
  readonly stride: number;
  /** The largest number of units, on which the source depends. */
  readonly bound: number;
  source(): KernelSource;
}

/**
 * The kernel of a phase of a cell: arrays [blocks · Q, H] texels, the weights of a product in the gates layout, lengths [Q, 1] texels
 * → a block [Q, stride] of each array that it writes, for each of the units whose gates share a texel of the weights.
 * @param isRead true for an array, among those that the phase can write, that will be read
 */
export function phaseKernel(
  { product, reads, equations, writes: all }: Phase,
  units: number,
  isRead: (name: string) => boolean,
  webgl2: boolean,
): PhaseKernel {
  const read = [...Object.values(reads), ...(product ? [product] : [])];
  const weights = product && recurrentWeights(product.gates);
  const arrays = [...new Set([...read.map(({ of }) => of), ...(weights ? [weights] : []), 'lengths'])];
  const moments = [...new Set(read.map(({ at }) => at))];
  const columns = columnsOf(product?.gates.length ?? 4, units);
  const blocks = FOUR.slice(0, columns.blocks);
  const bound = loopBound(units);
  const results = Object.entries(all)
    .filter(([name]) => isRead(name))
    .flatMap(([name, written]) => blocks.map((block) => ({ name, block, written })));
  const names = results.map(({ name, block }) => named(name, block));
  return {
    reads: arrays,
    writes: results,
    stride: columns.stride,
    bound,
    source: () => ({
      source: `function (${arrays.map(argument).join(', ')}, step, units, stride) {
        ${moments.map((moment) => `var ${moment} = ${FIRST_ROW[moment]} + this.thread.y;`).join('\n')}
        ${product ? `var s = timesWeights(this.thread.x, ${product.at}, units);` : ''}
        var lengths = ${texel('lengths', '0', 'this.thread.y')};
        ${blocks.map((block) => `${readsOf(block)}\n${eachRow(ofBlock(equations, block))}`).join('\n')}
        ${writes(
          results.map(({ block, written: { valid, past } }, i) => [
            names[i],
            ofRows(chooseByLength(ofBlock(valid, block), ofBlock(past, block))),
          ]),
        )}
      }`,
      types: [...arrays.map(() => 'texture4' as const), 'vector4', 'number', 'number'],
      channels: 4,
      also: putters(names),
      native: [
        ...arrays.map((array) => reader(array, webgl2)),
        ...(product && weights ? [timesWeights(product.of, weights, columns, bound, webgl2)] : []),
      ],
    }),
  };

  function readsOf(block: number): string {
    return Object.entries(reads)
      .map(([name, { of, at }]) => {
        const value = texel(of, block === 0 ? 'this.thread.x' : `this.thread.x + ${block} * stride`, at);
        return `var ${named(name, block)} = ${value};`;
      })
      .join('\n');
  }

  function component(gate: number, block: number): number {
    return (product?.gates.indexOf(gate) ?? 0) * columns.blocks + block;
  }

  /** Equations for the units of a block: with variables of their own, and the components of the product that are theirs. */
  function ofBlock(text: string, block: number): string {
    return text
      .replace(/s\[(\d)\]/g, (_, gate: string) => `s[${component(Number(gate), block)}]`)
      .replace(/\w+(?=\$|\[\$\])/g, (name) => named(name, block));
  }
}

/** The name that a variable has in a block. */
const named = (name: string, block: number) => `${name}${['', 'B', 'C', 'D'][block]}`;

const chooseByLength = (valid: string, past: string) =>
  valid === past ? valid : `(step[0] < lengths[$] ? ${valid} : ${past})`;
