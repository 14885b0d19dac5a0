import type { Tensor } from '@recurra/core';
import type { Context } from '../memory.js';
import { binding, ELEMENT_KERNEL_START, elementWorkgroups } from '../wgsl.js';

/** Copies `count` elements of `source`, or zeros if there is none, to `target` from its element `offset` on. */
export function copyRange(
  { dispatch }: Context,
  target: Tensor,
  offset: number,
  count: number,
  source?: Tensor,
): void {
  dispatch({
    program: { key: source ? 'copy range' : 'zero range', code: () => copyCode(source !== undefined) },
    buffers: source ? [target, source] : [target],
    uniforms: { u32: [offset, count] },
    workgroups: elementWorkgroups(count),
  });
}

/** ys [offset + i] = xs [i], or 0, for i below count. */
function copyCode(hasSource: boolean): string {
  return `
struct Uniforms { offset: u32, count: u32 }
${binding(0, 'read_write', 'ys', 'array<f32>')}
${hasSource ? binding(1, 'read', 'xs', 'array<f32>') : ''}
${binding(hasSource ? 2 : 1, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT_KERNEL_START}
  ys[uniforms.offset + i] = ${hasSource ? 'xs[i]' : '0.0'};
}
`;
}
