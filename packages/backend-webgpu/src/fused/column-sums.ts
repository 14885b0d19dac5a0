import type { Tensor } from '@recurra/core';
import type { Context } from '../memory.js';

/** sums [n] = the sums of the columns of x [m, n], in a fixed order: the gradient of a bias. */
export function columnSums({ dispatch }: Context, x: Tensor, sums: Tensor, m: number, n: number): void {
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
  // Four partial sums: a single sum of thousands of terms would lose digits, and each addition would wait for the one before.
  var sum = vec4<f32>();
  var index = id.x;
  var row = 0u;
  for (; row + 4u <= shape.m; row += 4u) {
    sum += vec4<f32>(x[index], x[index + shape.n], x[index + 2u * shape.n], x[index + 3u * shape.n]);
    index += 4u * shape.n;
  }
  for (; row < shape.m; row++) {
    sum.x += x[index];
    index += shape.n;
  }
  sums[id.x] = (sum.x + sum.y) + (sum.z + sum.w);
}
`;
