import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Arrays } from './memory.js';
import { eachRow, foldFunctions, type Lanes, lanesFor, teams } from './team.js';
import { binding, FUNCTIONS } from './wgsl.js';

const FORMS = {
  softmax: 'exponential(x[k] - most) / total',
  logSoftmax: 'x[k] - most - logarithm(total)',
};

/** Softmax and its logarithm, over the last axis. */
export function softmax({ create, dispatch, work }: Arrays): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const run = (form: keyof typeof FORMS, x: Tensor) => {
    const length = x.shape[x.shape.length - 1];
    const rows = length === 0 ? 0 : sizeOf(x.shape) / length;
    const lanes = lanesFor(rows, length);
    return work(() => {
      const y = create(x.shape);
      dispatch({
        program: { key: `${form} by ${lanes}`, code: () => softmaxCode(FORMS[form], lanes) },
        buffers: [y, x],
        uniforms: { u32: [rows, length], f32: [-Infinity] },
        workgroups: teams(rows, lanes),
      });
      return y;
    });
  };
  return { softmax: (x) => run('softmax', x), logSoftmax: (x) => run('logSoftmax', x) };
}

/** With the maximum taken away, no exp overflows. */
function softmaxCode(result: string, lanes: Lanes): string {
  return `
struct Uniforms { rows: u32, length: u32, least: f32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'x', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${foldFunctions(['max', 'sum'], lanes)}
${eachRow(lanes)}
  let first = row * uniforms.length;
  let end = first + uniforms.length;
  var largest = uniforms.least;
  for (var k = first + lane; k < end; k += LANES) { largest = maxTwo(largest, x[k]); }
  let most = maxOf(largest, lane);
  var sumSoFar = 0.0;
  for (var k = first + lane; k < end; k += LANES) { sumSoFar += exponential(x[k] - most); }
  let total = sumOf(sumSoFar, lane);
  for (var k = first + lane; k < end; k += LANES) { y[k] = ${result}; }
}
`;
}
