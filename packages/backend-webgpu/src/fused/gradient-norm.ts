import type { Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { reductionFunctions, WORKGROUP } from '../row-reduction.js';
import { lines, range } from '../text.js';
import { binding, FUNCTIONS } from '../wgsl.js';

/**
 * The largest number of gradients that one dispatch reads: devices allow at least 8 storage buffers per
 * kernel, and one of them is written.
 */
const MAX_GRADIENTS = 7;
/** The elements of a gradient that one workgroup sums, unless it has more than `MAX_PARTS` such parts. */
const PART = 4096;
const MAX_PARTS = 64;

/**
 * Computes `norm` [1], the L2 norm of all gradients together, and `factor` [1], which scales them to a norm of at most `clip`:
 * 1 if they need no scaling or `clip` is 0, NaN if the guard [1] or the sum of squares is not finite. Additions have a fixed
 * order. Nothing is read back.
 */
export function gradientNorm(
  { create, free, dispatch }: Context,
  gradients: readonly Tensor[],
  guard: Tensor,
  clip: number,
): { readonly norm: Tensor; readonly factor: Tensor } {
  const largest = Math.max(0, ...gradients.map(({ shape }) => sizeOf(shape)));
  const parts = Math.min(MAX_PARTS, Math.max(1, Math.ceil(largest / PART)));
  const partials = create([gradients.length, parts]);
  for (let first = 0; first < gradients.length; first += MAX_GRADIENTS) {
    const some = gradients.slice(first, first + MAX_GRADIENTS);
    dispatch({
      program: { key: `squares of ${some.length}`, code: () => squaresCode(some.length) },
      buffers: [partials, ...some],
      uniforms: { u32: [first, ...some.map(({ shape }) => sizeOf(shape))] },
      workgroups: [parts, some.length],
    });
  }
  const norm = create([1]);
  const factor = create([1]);
  dispatch({
    program: { key: 'gradient norm', code: normCode },
    buffers: [partials, guard, norm, factor],
    uniforms: { u32: [sizeOf(partials.shape)], f32: [clip] },
    workgroups: [1],
  });
  free(partials);
  return { norm, factor };
}

/** partials [gradients, parts] = the sums of squares of parts of each gradient, for `count` of the gradients from `first` on. */
function squaresCode(count: number): string {
  const size = (i: number) => `size${i}`;
  return lines(
    `struct Uniforms { first: u32, ${range(count).map(size).join(': u32, ')}: u32 }`,
    binding(0, 'read_write', 'partials', 'array<f32>'),
    range(count).map((i) => binding(i + 1, 'read', `gradient${i}`, 'array<f32>')),
    binding(count + 1, 'uniform', 'uniforms', 'Uniforms'),
    reductionFunctions(['sum'], WORKGROUP),
    `@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let start = workgroup.x * ${WORKGROUP}u + lane;
  let stride = workgroups.x * ${WORKGROUP}u;
  var own = 0.0;
  switch workgroup.y {`,
    range(count).map(
      (i) => `    ${i < count - 1 ? `case ${i}u` : 'default'}: {
      for (var k = start; k < uniforms.${size(i)}; k += stride) { own += gradient${i}[k] * gradient${i}[k]; }
    }`,
    ),
    `  }
  let total = sumOfRow(own, lane);
  if (lane == 0u) { partials[(uniforms.first + workgroup.y) * workgroups.x + workgroup.x] = total; }
}`,
  );
}

/** norm [1] and factor [1] from partials [count] and guard [1]. */
function normCode(): string {
  return `
struct Uniforms { count: u32, clip: f32 }
${binding(0, 'read', 'partials', 'array<f32>')}
${binding(1, 'read', 'guard', 'array<f32>')}
${binding(2, 'read_write', 'norm', 'array<f32>')}
${binding(3, 'read_write', 'factor', 'array<f32>')}
${binding(4, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${reductionFunctions(['sum'], WORKGROUP)}
@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  for (var i = lane; i < uniforms.count; i += ${WORKGROUP}u) { own += partials[i]; }
  let squares = sumOfRow(own, lane);
  if (lane == 0u) {
    // On some devices, the square root of infinity or NaN is a finite number.
    let root = select(squares, sqrt(squares), isFinite(squares));
    norm[0] = root;
    let clipped = select(1.0, min(1.0, uniforms.clip / (root + 1e-6)), uniforms.clip > 0.0);
    factor[0] = select(nanFrom(squares), clipped, isFinite(squares) && isFinite(guard[0]));
  }
}
`;
}
