import type { Shape, Tensor } from '@recurra/core';
import { checkShape, type Operations, sizeOf } from '@recurra/core/backend';
import { type Arrays, NAME } from './memory.js';
import { binding, ELEMENT, elements, FUNCTIONS, fourOf, stridesOf } from './wgsl.js';

/** A walk over the elements of an array: where it begins, and how far it goes for each axis of what is moved. */
interface Walk {
  readonly start: number;
  readonly strides: readonly number[];
}

/** Operations that only move elements. */
export function shape({
  create,
  dispatch,
  share,
  work,
}: Arrays): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  /** Moves a block of `size` from x to y. */
  const move = (x: Tensor, from: Walk, y: Tensor, to: Walk, size: Shape) => {
    const count = sizeOf(size);
    if (count === 0) return;
    dispatch({
      program: { key: 'move', code: moveCode },
      buffers: [y, x],
      uniforms: {
        u32: [
          ...[...fourOf(size, 1), ...fourOf(from.strides, 0), ...fourOf(to.strides, 0)],
          ...[count, from.start, to.start, 0],
        ],
      },
      workgroups: elements(count),
    });
  };

  return {
    reshape: (x, shape) => share(x, shape),

    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      return work(() => {
        const y = create(permutation.map((axis) => x.shape[axis]));
        const from = { start: 0, strides: permutation.map((axis) => strides[axis]) };
        move(x, from, y, { start: 0, strides: stridesOf(y.shape) }, y.shape);
        return y;
      });
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return work(() => {
        const y = create(size);
        move(x, { start, strides }, y, { start: 0, strides: stridesOf(size) }, size);
        return y;
      });
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const strides = stridesOf(shape);
      return work(() => {
        const y = create(shape);
        let start = 0;
        for (const x of xs) {
          move(x, { start: 0, strides: stridesOf(x.shape) }, y, { start, strides }, x.shape);
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
        workgroups: elements(count),
      });
      return y;
    },
  };
}

function moveCode(): string {
  return `
struct Uniforms {
  shape: vec4<u32>, xStrides: vec4<u32>, yStrides: vec4<u32>,
  count: u32, xStart: u32, yStart: u32, padding: u32,
}
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'x', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT}
  let at = place(i, uniforms.shape);
  y[uniforms.yStart + along(at, uniforms.yStrides)] = x[uniforms.xStart + along(at, uniforms.xStrides)];
}
`;
}

function fillCode(): string {
  return `
struct Uniforms { count: u32, value: f32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT}
  y[i] = uniforms.value;
}
`;
}
