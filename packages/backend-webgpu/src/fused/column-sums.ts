import type { Tensor } from '@recurra/core';
import type { Context } from '../memory.js';

/** Invocations of a GPU's workgroup that share a column, each with a part of its rows: a power of two. */
const PARTS = 8;
const COLUMNS = 32;

/** sums [n] = the sums of the columns of x [m, n], in a fixed order: the gradient of a bias. */
export function columnSums(
  { dispatch, software }: Context,
  x: Tensor,
  sums: Tensor,
  m: number,
  n: number,
): void {
  // Barriers are slow on a software adapter, and its cores have enough work with one invocation for each column.
  const parts = software ? 1 : PARTS;
  dispatch({
    program: { key: `column sums ${parts}`, code: () => columnSumsCode(parts) },
    buffers: [x, sums],
    uniforms: { u32: [m, n] },
    workgroups: [Math.ceil(n / COLUMNS)],
  });
}

const columnSumsCode = (parts: number) => `
const PARTS = ${parts}u;
struct Shape { m: u32, n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

// The sum of every row of a column from number \`part\` on, in steps of PARTS.
fn partOf(column: u32, part: u32) -> f32 {
  // Four partial sums: a single sum of thousands of terms would lose digits, and each addition would wait for the one before.
  let stride = PARTS * shape.n;
  var sum = vec4<f32>();
  var index = part * shape.n + column;
  var row = part;
  for (; row + 3u * PARTS < shape.m; row += 4u * PARTS) {
    sum += vec4<f32>(x[index], x[index + stride], x[index + 2u * stride], x[index + 3u * stride]);
    index += 4u * stride;
  }
  for (; row < shape.m; row += PARTS) {
    sum.x += x[index];
    index += stride;
  }
  return (sum.x + sum.y) + (sum.z + sum.w);
}
${parts > 1 ? DIVIDED : WHOLE}`;

const WHOLE = `
@compute @workgroup_size(${COLUMNS}) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.n) { sums[id.x] = partOf(id.x, 0u); }
}`;

const DIVIDED = `
var<workgroup> parts: array<f32, ${COLUMNS}u * PARTS>;

@compute @workgroup_size(${COLUMNS}, PARTS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  parts[invocation] = 0.0;
  if (id.x < shape.n) { parts[invocation] = partOf(id.x, id.y); }
  for (var half = PARTS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (id.y < half) { parts[invocation] += parts[invocation + half * ${COLUMNS}u]; }
  }
  if (id.y == 0u && id.x < shape.n) { sums[id.x] = parts[invocation]; }
}`;
