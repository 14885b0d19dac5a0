/* Kernels that make one number of many: an invocation for each row of numbers, or a whole workgroup for it. */

import type { Workgroups } from './commands.js';
import { spread } from './wgsl.js';

const GROUP = 64;
/** Fewer rows than this leave a GPU idle, where each has one invocation. */
const MANY_ROWS = 1024;
/** Barriers are worth it from this length on. */
const LONG_ROW = 128;

/** How many invocations work on a row: 1, or a workgroup. */
export type Lanes = 1 | 64;

export function lanesFor(rows: number, length: number): Lanes {
  return rows < MANY_ROWS && length >= LONG_ROW ? GROUP : 1;
}

export function teams(rows: number, lanes: Lanes): Workgroups {
  return spread(lanes === GROUP ? rows : Math.ceil(rows / GROUP));
}

/** What two numbers of a row become; NaN passes. */
export const FOLDS = {
  sum: 'a + b',
  max: 'larger(a, b)',
};

/**
 * A function for each of `folds`, and one that gives what all lanes of a row have found: `sumOf(mine, lane)`, `maxOf`.
 * Always in the same order, so that results repeat.
 */
export function foldFunctions(folds: readonly (keyof typeof FOLDS)[], lanes: Lanes): string {
  const functions = folds.map(
    (name) => `
fn ${name}Two(a: f32, b: f32) -> f32 { return ${FOLDS[name]}; }

fn ${name}Of(mine: f32, lane: u32) -> f32 {
${
  lanes === 1
    ? '  return mine;'
    : `  found[lane] = mine;
  for (var half = ${GROUP / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { found[lane] = ${name}Two(found[lane], found[lane + half]); }
  }
  workgroupBarrier();
  let all = found[0];
  workgroupBarrier();
  return all;`
}
}`,
  );
  return `${lanes === 1 ? '' : `var<workgroup> found: array<f32, ${GROUP}>;`}${functions.join('\n')}`;
}

/** Begins a kernel with `row` and `lane`, the first of the row's numbers that this invocation takes; it takes every `LANES`th. */
export function eachRow(lanes: Lanes): string {
  return `const LANES = ${lanes}u;
@compute @workgroup_size(${GROUP})
fn main(
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let number = group.x + group.y * groups.x;
  let row = ${lanes === 1 ? `number * ${GROUP}u + index` : 'number'};
  let lane = ${lanes === 1 ? '0u' : 'index'};
  if (row >= uniforms.rows) { return; }`;
}
