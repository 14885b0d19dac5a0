import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Context } from './memory.js';
import {
  type InvocationsPerRow,
  invocationsPerRow,
  reductionFunctions,
  rowKernelStart,
  rowWorkgroups,
} from './row-reduction.js';
import { binding, FUNCTIONS } from './wgsl.js';

const RESULTS = {
  softmax: 'exponential(x[k] - largest) / total',
  logSoftmax: 'x[k] - largest - logarithm(total)',
};

/** Softmax and its logarithm, over the last axis. */
export function softmax({ create, dispatch, scoped }: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const run = (operation: keyof typeof RESULTS, x: Tensor) => {
    const length = x.shape[x.shape.length - 1];
    const rows = length === 0 ? 0 : sizeOf(x.shape) / length;
    const perRow = invocationsPerRow(rows, length);
    return scoped(() => {
      const y = create(x.shape);
      dispatch({
        program: { key: `${operation} ${perRow}`, code: () => softmaxCode(RESULTS[operation], perRow) },
        buffers: [y, x],
        uniforms: { u32: [rows, length], f32: [-Infinity] },
        workgroups: rowWorkgroups(rows, perRow),
      });
      return y;
    });
  };
  return { softmax: (x) => run('softmax', x), logSoftmax: (x) => run('logSoftmax', x) };
}

/**
 * Code that computes the maximum of a row of `array`, `largest`, and Σ exp(x − largest), `total`, in a kernel with
 * `rowKernelStart` and the reductions max and sum. The uniforms have the length of a row and −∞.
 */
export const largestAndTotal = (array: string) => `
  let first = row * uniforms.length;
  let end = first + uniforms.length;
  var ownLargest = uniforms.negativeInfinity;
  for (var k = first + lane; k < end; k += LANES) { ownLargest = maxOfTwo(ownLargest, ${array}[k]); }
  let largest = maxOfRow(ownLargest, lane);
  var ownTotal = 0.0;
  for (var k = first + lane; k < end; k += LANES) { ownTotal += exponential(${array}[k] - largest); }
  let total = sumOfRow(ownTotal, lane);`;

/** y [rows, length] from x [rows, length]. The maximum of a row is subtracted first, so that exp does not overflow. */
function softmaxCode(result: string, perRow: InvocationsPerRow): string {
  return `
struct Uniforms { rows: u32, length: u32, negativeInfinity: f32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'x', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${reductionFunctions(['max', 'sum'], perRow)}
${rowKernelStart(perRow)}
${largestAndTotal('x')}
  for (var k = first + lane; k < end; k += LANES) { y[k] = ${result}; }
}
`;
}
