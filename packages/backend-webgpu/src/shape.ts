import type { Shape, Tensor } from '@recurra/core';
import { checkShape, type Operations, sizeOf, stridesOf } from '@recurra/core/backend';
import { type Context, NAME } from './memory.js';
import { binding, ELEMENT_KERNEL_START, elementWorkgroups, FUNCTIONS, padToFour } from './wgsl.js';

/** A strided iteration over the elements of a tensor: the index of the first, and the stride of each axis. */
interface Iteration {
  readonly start: number;
  readonly strides: readonly number[];
}

/** Operations that only move elements, and fill. */
export function shape({
  create,
  dispatch,
  alias,
  scoped,
}: Context): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  /** Copies a block of `size` from x to y. */
  const copy = (x: Tensor, from: Iteration, y: Tensor, to: Iteration, size: Shape) => {
    const count = sizeOf(size);
    if (count === 0) return;
    dispatch({
      program: { key: 'copy', code: copyCode },
      buffers: [y, x],
      uniforms: {
        u32: [
          ...[...padToFour(size, 1), ...padToFour(from.strides, 0), ...padToFour(to.strides, 0)],
          ...[count, from.start, to.start, 0],
        ],
      },
      workgroups: elementWorkgroups(count),
    });
  };

  return {
    reshape: alias,

    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      return scoped(() => {
        const y = create(permutation.map((axis) => x.shape[axis]));
        const from = { start: 0, strides: permutation.map((axis) => strides[axis]) };
        copy(x, from, y, { start: 0, strides: stridesOf(y.shape) }, y.shape);
        return y;
      });
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return scoped(() => {
        const y = create(size);
        copy(x, { start, strides }, y, { start: 0, strides: stridesOf(size) }, size);
        return y;
      });
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const strides = stridesOf(shape);
      return scoped(() => {
        const y = create(shape);
        let start = 0;
        for (const x of xs) {
          copy(x, { start: 0, strides: stridesOf(x.shape) }, y, { start, strides }, x.shape);
          start += x.shape[axis] * strides[axis];
        }
        return y;
      });
    },

    fill(shape, value) {
      const count = checkShape(NAME, shape);
      const y = create(shape);
      dispatch({
        program: { key: 'fill', code: fillCode },
        buffers: [y],
        uniforms: { u32: [count], f32: [value] },
        workgroups: elementWorkgroups(count),
      });
      return y;
    },
  };
}

/** Copies elements from x to y, which have separate strides and start indices. */
function copyCode(): string {
  return `
struct Uniforms {
  shape: vec4<u32>, xStrides: vec4<u32>, yStrides: vec4<u32>,
  count: u32, xStart: u32, yStart: u32, padding: u32,
}
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'x', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT_KERNEL_START}
  let position = coordinates(i, uniforms.shape);
  y[uniforms.yStart + indexOf(position, uniforms.yStrides)] = x[uniforms.xStart + indexOf(position, uniforms.xStrides)];
}
`;
}

function fillCode(): string {
  return `
struct Uniforms { count: u32, value: f32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT_KERNEL_START}
  y[i] = uniforms.value;
}
`;
}
