/* What our own kernels of array operations have in common. */
import type { Shape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { Workgroups } from './commands.js';

/** Invocations of a workgroup where each computes an element by itself. */
const GROUP = 64;
/** The most workgroups along one axis, on any device. */
const MOST_GROUPS = 65_535;

/** Workgroups for `count` elements, one invocation each: {@link ELEMENT} finds its number. */
export function elements(count: number): Workgroups {
  return spread(Math.ceil(count / GROUP));
}

/** `count` workgroups; more than fit along one axis go over two. */
export function spread(count: number): Workgroups {
  return count <= MOST_GROUPS ? [count] : [MOST_GROUPS, Math.ceil(count / MOST_GROUPS)];
}

/** Begins a kernel with an invocation for each element, `i`; the uniforms have the count. */
export const ELEMENT = `@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * ${GROUP}u;
  if (i >= uniforms.count) { return; }`;

/** A storage buffer, or what is given as `uniforms`. */
export function binding(
  index: number,
  access: 'read' | 'read_write' | 'uniform',
  name: string,
  type: string,
) {
  const space = access === 'uniform' ? 'uniform' : `storage, ${access}`;
  return `@group(0) @binding(${index}) var<${space}> ${name}: ${type};`;
}

/** Four numbers for four axes: a shape of a lower rank, padded on the left. */
export function fourOf(numbers: readonly number[], padding: number): number[] {
  return [...Array<number>(4 - numbers.length).fill(padding), ...numbers];
}

/** For each axis, how far apart in memory two neighbours along it are. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** As {@link stridesOf}, with 0 along an axis that `shape` repeats to be broadcast to `to`. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const missing = to.length - shape.length;
  const strides = stridesOf(shape);
  return to.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || shape[own] === 1 ? 0 : strides[own];
  });
}

/**
 * Functions of the operations. NaN is found by its bits, for a compiler may take it that there is none, and what max, min, clamp
 * or a comparison makes of it is open: what is to be NaN where x is goes through `keepNaN(x, …)`. tanh is clamped, as the
 * exponential of it would overflow. It and log(1 + x) would lose the digits of a small argument: there they are series.
 */
export const FUNCTIONS = `
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn keepNaN(x: f32, y: f32) -> f32 { return select(y, x, isNaN(x)); }

fn exponential(x: f32) -> f32 { return keepNaN(x, exp(x)); }

fn rectified(x: f32) -> f32 { return keepNaN(x, max(x, 0.0)); }

fn larger(x: f32, y: f32) -> f32 { return keepNaN(x, keepNaN(y, max(x, y))); }

fn smaller(x: f32, y: f32) -> f32 { return keepNaN(x, keepNaN(y, min(x, y))); }

fn noNumber(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) | 0x7fc00000u); }

// The least that log gives of 0 may be a number.
fn logarithm(x: f32) -> f32 {
  if (isNaN(x) || x < 0.0) { return noNumber(x); }
  if (x == 0.0) { return bitcast<f32>(bitcast<u32>(x) | 0xff800000u); }
  return log(x);
}

fn sigmoid(x: f32) -> f32 { return keepNaN(x, 1.0 / (1.0 + exp(-x))); }

fn tangent(x: f32) -> f32 {
  let square = x * x;
  if (square < 0.04) { return x * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0 - square * (17.0 / 315.0)))); }
  return keepNaN(x, 1.0 - 2.0 / (exp(2.0 * clamp(x, -20.0, 20.0)) + 1.0));
}

fn log1p(x: f32) -> f32 {
  if (x >= 0.25) { return log(1.0 + x); }
  let s = x / (2.0 + x);
  let square = s * s;
  return 2.0 * s * (1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0 + square / 7.0)));
}

/** The place of element i of an array of this shape, axis by axis, and where it is in an array of these strides. */
fn place(i: u32, shape: vec4<u32>) -> vec4<u32> {
  let i2 = i / shape.w;
  let i1 = i2 / shape.z;
  return vec4<u32>(i1 / shape.y, i1 % shape.y, i2 % shape.z, i % shape.w);
}

fn along(at: vec4<u32>, strides: vec4<u32>) -> u32 {
  let steps = at * strides;
  return steps.x + steps.y + steps.z + steps.w;
}
`;
