import type { KernelSource } from '../kernels.js';
import type { Moment, Phase } from './cell.js';
import { timesWeights } from './product-code.js';
import { argument, eachRow, ofRows, putters, reader, texel, writes } from './texels.js';

/** The first row of the block of each moment. `step` is (t, first row of here, of before, of after). */
const FIRST_ROW: Record<Moment, string> = { here: 'step[1]', before: 'step[2]', after: 'step[3]', now: '0' };

/** A kernel, and the names of the arrays that it reads and writes. */
export interface PhaseKernel {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  source(): KernelSource;
}

/**
 * The kernel of a phase of a cell: arrays [blocks · Q, H] texels, u [H + 1, H] texels, lengths [Q, 1] texels → a block [Q, H] of each
 * array that it writes.
 * @param isRead true for an array, among those that the phase can write, that will be read
 */
export function phaseKernel(
  { product, reads, equations, writes: all }: Phase,
  units: number,
  isRead: (name: string) => boolean,
  webgl2: boolean,
): PhaseKernel {
  const blocks = [...Object.values(reads), ...(product ? [product] : [])];
  const arrays = [...new Set([...blocks.map(({ of }) => of), ...(product ? ['u'] : []), 'lengths'])];
  const moments = [...new Set(blocks.map(({ at }) => at))];
  const results = Object.entries(all).filter(([name]) => isRead(name));
  const names = results.map(([name]) => name);
  return {
    reads: arrays,
    writes: names,
    source: () => ({
      source: `function (${arrays.map(argument).join(', ')}, step) {
        ${moments.map((moment) => `var ${moment} = ${FIRST_ROW[moment]} + this.thread.y;`).join('\n')}
        ${product ? `var s = timesWeights(this.thread.x, ${product.at});` : ''}
        ${Object.entries(reads)
          .map(([name, { of, at }]) => `var ${name} = ${texel(of, 'this.thread.x', at)};`)
          .join('\n')}
        var lengths = ${texel('lengths', '0', 'this.thread.y')};
        ${eachRow(equations)}
        ${writes(results.map(([name, { valid, past }]) => [name, ofRows(chooseByLength(valid, past))]))}
      }`,
      types: [...arrays.map(() => 'texture4' as const), 'vector4'],
      channels: 4,
      also: putters(names),
      native: [
        ...arrays.map((array) => reader(array, webgl2)),
        ...(product ? [timesWeights(product.of, 'u', { inner: units, gates: product.gates }, webgl2)] : []),
      ],
    }),
  };
}

const chooseByLength = (valid: string, past: string) =>
  valid === past ? valid : `(step[0] < lengths[$] ? ${valid} : ${past})`;
