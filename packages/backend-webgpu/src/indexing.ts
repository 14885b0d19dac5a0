import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Arrays } from './memory.js';
import { binding, ELEMENT, elements } from './wgsl.js';

/** How many parts scatterAdd makes of its rows. */
const PARTS = 16;

/** Operations that find rows by their numbers. */
export function indexing({ create, dispatch, work }: Arrays): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    gather: (table, indices) =>
      work(() => {
        const [rows, width] = [indices.shape[0], table.shape[1]];
        const y = create([rows, width]);
        dispatch({
          program: { key: 'gather', code: gatherCode },
          buffers: [y, table, indices],
          uniforms: { u32: [sizeOf(y.shape), width] },
          workgroups: elements(sizeOf(y.shape)),
        });
        return y;
      }),

    scatterAdd: (indices, updates, rows) =>
      work(() => {
        const [count, width] = updates.shape;
        const y = create([rows, width]);
        const part = Math.ceil(rows / PARTS);
        dispatch({
          program: { key: 'scatterAdd', code: scatterAddCode },
          buffers: [y, indices, updates],
          uniforms: { u32: [width * PARTS, width, rows, part, count] },
          workgroups: elements(rows > 0 ? width * PARTS : 0),
        });
        return y;
      }),
  };
}

function gatherCode(): string {
  return `
struct Uniforms { count: u32, width: u32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'table', 'array<f32>')}
${binding(2, 'read', 'indices', 'array<f32>')}
${binding(3, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT}
  y[i] = table[u32(indices[i / uniforms.width]) * uniforms.width + i % uniforms.width];
}
`;
}

/** Each invocation has one column of some rows to itself, so that sums come in one order, always the same. */
function scatterAddCode(): string {
  return `
struct Uniforms { count: u32, width: u32, rows: u32, part: u32, updates: u32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'indices', 'array<f32>')}
${binding(2, 'read', 'updates', 'array<f32>')}
${binding(3, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT}
  let column = i % uniforms.width;
  let first = i / uniforms.width * uniforms.part;
  let end = min(first + uniforms.part, uniforms.rows);
  for (var row = first; row < end; row++) { y[row * uniforms.width + column] = 0.0; }
  for (var k = 0u; k < uniforms.updates; k++) {
    let row = u32(indices[k]);
    if (row >= first && row < end) {
      y[row * uniforms.width + column] += updates[k * uniforms.width + column];
    }
  }
}
`;
}
