/* Kernels that reduce rows of numbers: each row by one invocation, or by a whole workgroup. */

import type { Workgroups } from './commands.js';
import { workgroups } from './wgsl.js';

export const WORKGROUP = 64;
/** With fewer rows than this, one invocation per row leaves most of a GPU idle. */
const MANY_ROWS = 1024;
/** From this length on, a workgroup per row is worth its barriers. */
const LONG_ROW = 128;

/** The number of invocations that reduce a row: 1, or a whole workgroup. */
export type InvocationsPerRow = 1 | 64;

export function invocationsPerRow(rows: number, length: number): InvocationsPerRow {
  return rows < MANY_ROWS && length >= LONG_ROW ? WORKGROUP : 1;
}

export function rowWorkgroups(rows: number, perRow: InvocationsPerRow): Workgroups {
  return workgroups(perRow === WORKGROUP ? rows : Math.ceil(rows / WORKGROUP));
}

/** The combination of two numbers of a row. NaN gives NaN. */
const REDUCERS = {
  sum: 'a + b',
  max: 'larger(a, b)',
};

/**
 * WGSL functions for each of `names`: `sumOfTwo(a, b)` combines two numbers, and `sumOfRow(own, lane)` the results of all
 * invocations of a row, always in the same order, so that results repeat; likewise `maxOfTwo` and `maxOfRow`.
 */
export function reductionFunctions(
  names: readonly (keyof typeof REDUCERS)[],
  perRow: InvocationsPerRow,
): string {
  const functions = names.map(
    (name) => `
fn ${name}OfTwo(a: f32, b: f32) -> f32 { return ${REDUCERS[name]}; }

fn ${name}OfRow(own: f32, lane: u32) -> f32 {
${
  perRow === 1
    ? '  return own;'
    : `  partial[lane] = own;
  for (var half = ${WORKGROUP / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] = ${name}OfTwo(partial[lane], partial[lane + half]); }
  }
  workgroupBarrier();
  let result = partial[0];
  workgroupBarrier();
  return result;`
}
}`,
  );
  return `${perRow === 1 ? '' : `var<workgroup> partial: array<f32, ${WORKGROUP}>;`}${functions.join('\n')}`;
}

/**
 * The start of a kernel that reduces the row `row`. An invocation takes the numbers `lane`, `lane + LANES`, … of the row.
 * The uniforms have the number of rows.
 */
export function rowKernelStart(perRow: InvocationsPerRow): string {
  return `const LANES = ${perRow}u;
@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let number = workgroup.x + workgroup.y * workgroups.x;
  let row = ${perRow === 1 ? `number * ${WORKGROUP}u + index` : 'number'};
  let lane = ${perRow === 1 ? '0u' : 'index'};
  if (row >= uniforms.rows) { return; }`;
}
