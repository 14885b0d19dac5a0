import type { KernelSource } from '../kernels.js';
import type { Moment, Phase } from './cells.js';
import { timesWeights } from './products.js';
import { argument, eachRow, ofRows, putters, reader, texel, writes } from './texels.js';

/** Where the block of a moment begins: `step` is (t, and the first rows of here, before and after). */
const FIRST_ROW: Record<Moment, string> = { here: 'step[1]', before: 'step[2]', after: 'step[3]', now: '0' };

/** A kernel, and the names of the arrays that it is given and gives. */
export interface PhaseKernel {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  source(): KernelSource;
}

/**
 * A phase of a cell as a kernel over every unit (x) and every four rows (y): (arrays …, step) → arrays.
 * @param wanted whether somebody will read what the phase can write
 */
export function phaseKernel(
  { product, reads, equations, writes: all }: Phase,
  units: number,
  wanted: (name: string) => boolean,
  webgl2: boolean,
): PhaseKernel {
  const places = [...Object.values(reads), ...(product ? [product] : [])];
  const arrays = [...new Set([...places.map(({ of }) => of), ...(product ? ['u'] : []), 'lengths'])];
  const moments = [...new Set(places.map(({ at }) => at))];
  const results = Object.entries(all).filter(([name]) => wanted(name));
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
        ${writes(results.map(([name, { valid, past }]) => [name, ofRows(chosen(valid, past))]))}
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

const chosen = (valid: string, past: string) =>
  valid === past ? valid : `(step[0] < lengths[$] ? ${valid} : ${past})`;
