import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { binding, ELEMENT_KERNEL_START, elementWorkgroups } from './wgsl.js';

/** The number of blocks into which scatterAdd divides its rows. */
const BLOCKS = 16;

/** Operations that read and add rows by their indices. */
export function indexing({ create, dispatch, scoped }: Context): Pick<Operations, 'gather' | 'scatterAdd'> {
  return {
    gather: (table, indices) =>
      scoped(() => {
        const [rows, width] = [indices.shape[0], table.shape[1]];
        const y = create([rows, width]);
        dispatch({
          program: { key: 'gather', code: gatherCode },
          buffers: [y, table, indices],
          uniforms: { u32: [sizeOf(y.shape), width] },
          workgroups: elementWorkgroups(sizeOf(y.shape)),
        });
        return y;
      }),

    scatterAdd: (indices, updates, rows) =>
      scoped(() => {
        const [count, width] = updates.shape;
        const y = create([rows, width]);
        const blockRows = Math.ceil(rows / BLOCKS);
        dispatch({
          program: { key: 'scatterAdd', code: scatterAddCode },
          buffers: [y, indices, updates],
          uniforms: { u32: [width * BLOCKS, width, rows, blockRows, count] },
          workgroups: elementWorkgroups(rows > 0 ? width * BLOCKS : 0),
        });
        return y;
      }),
  };
}

/** y [m, width] = the rows of table [n, width] that indices [m] name. */
function gatherCode(): string {
  return `
struct Uniforms { count: u32, width: u32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'table', 'array<f32>')}
${binding(2, 'read', 'indices', 'array<f32>')}
${binding(3, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT_KERNEL_START}
  y[i] = table[u32(indices[i / uniforms.width]) * uniforms.width + i % uniforms.width];
}
`;
}

/**
 * y [rows, width] starts as zeros, and row k of updates [m, width] is added to its row indices[k]. Each
 * invocation alone computes one column of a block of rows, so the order of additions is fixed.
 */
function scatterAddCode(): string {
  return `
struct Uniforms { count: u32, width: u32, rows: u32, blockRows: u32, updates: u32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'indices', 'array<f32>')}
${binding(2, 'read', 'updates', 'array<f32>')}
${binding(3, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT_KERNEL_START}
  let column = i % uniforms.width;
  let first = i / uniforms.width * uniforms.blockRows;
  let end = min(first + uniforms.blockRows, uniforms.rows);
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
