import type { Tensor } from '@recurra/core';
import type { Arrays } from '../memory.js';

/** Puts `count` elements into `target` from its element `to` on: those of `source`, or zeros where there is none. */
export function place(
  { dispatch }: Arrays,
  target: Tensor,
  to: number,
  count: number,
  source?: Tensor,
): void {
  dispatch({
    program: source
      ? {
          key: 'place',
          code: () => code('@group(0) @binding(1) var<storage, read> source: array<f32>;', 2, 'source[id.x]'),
        }
      : { key: 'place zeros', code: () => code('', 1, '0.0') },
    buffers: source ? [target, source] : [target],
    uniforms: { u32: [to, count] },
    workgroups: [Math.ceil(count / 64)],
  });
}

const code = (source: string, uniforms: number, value: string) => `
struct Place { to: u32, count: u32 }
@group(0) @binding(0) var<storage, read_write> target_: array<f32>;
${source}
@group(0) @binding(${uniforms}) var<uniform> place: Place;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < place.count) { target_[place.to + id.x] = ${value}; }
}
`;
