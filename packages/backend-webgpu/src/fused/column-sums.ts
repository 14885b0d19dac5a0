import type { Tensor } from '@recurra/core';
import type { Arrays } from '../memory.js';

/** sums[n] = Σ over the rows of x [m, n], in the order of the rows: the gradient of a bias. */
export function columnSums({ dispatch }: Arrays, x: Tensor, sums: Tensor, m: number, n: number): void {
  dispatch({
    program: { key: 'column sums', code: () => CODE },
    buffers: [x, sums],
    uniforms: { u32: [m, n] },
    workgroups: [Math.ceil(n / 32)],
  });
}

const CODE = `
struct Shape { m: u32, n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.n) { return; }
  // Four sums at a time: a single one of thousands of terms would lose digits, and wait for each.
  var sum = vec4<f32>();
  var at = id.x;
  var row = 0u;
  for (; row + 4u <= shape.m; row += 4u) {
    sum += vec4<f32>(x[at], x[at + shape.n], x[at + 2u * shape.n], x[at + 3u * shape.n]);
    at += 4u * shape.n;
  }
  for (; row < shape.m; row++) {
    sum.x += x[at];
    at += shape.n;
  }
  sums[id.x] = (sum.x + sum.y) + (sum.z + sum.w);
}
`;
