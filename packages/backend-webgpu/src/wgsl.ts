/* WGSL code shared by the kernels. */
import type { Workgroups } from './commands.js';

/** Invocations of a workgroup in kernels with one invocation per element. */
const WORKGROUP = 64;
/** The most workgroups along one axis of a dispatch that every device has. */
export const MAX_WORKGROUPS = 65_535;

/** Workgroups for one invocation per element, of `count` elements. {@link ELEMENT_KERNEL_START} computes its index. */
export function elementWorkgroups(count: number): Workgroups {
  return workgroups(Math.ceil(count / WORKGROUP));
}

/** At least `count` workgroups, along two axes if there are too many for one. */
export function workgroups(count: number): Workgroups {
  return count <= MAX_WORKGROUPS ? [count] : [MAX_WORKGROUPS, Math.ceil(count / MAX_WORKGROUPS)];
}

/** The start of a kernel with one invocation per element: `i` is its index, and the uniforms have the count. */
export const ELEMENT_KERNEL_START = `@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = id.x + id.y * workgroups.x * ${WORKGROUP}u;
  if (i >= uniforms.count) { return; }`;

/** The declaration of a storage buffer, or of the uniforms. */
export function binding(
  index: number,
  access: 'read' | 'read_write' | 'uniform',
  name: string,
  type: string,
) {
  const space = access === 'uniform' ? 'uniform' : `storage, ${access}`;
  return `@group(0) @binding(${index}) var<${space}> ${name}: ${type};`;
}

/** Pads the numbers of up to four axes to four, on the left. */
export function padToFour(numbers: readonly number[], padding: number): number[] {
  return [...Array<number>(4 - numbers.length).fill(padding), ...numbers];
}

/**
 * WGSL functions for the operations. NaN is tested by its bits, because a WGSL compiler may assume that there is none: what
 * max, min, clamp and comparisons do with NaN is undefined. `keepNaN(x, y)` is NaN where x is, and else y. The argument of exp
 * in tanh is clamped, because exp would overflow. tanh and log(1 + x) would lose digits near 0, and are series there.
 */
export const FUNCTIONS = `
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

fn keepNaN(x: f32, y: f32) -> f32 { return select(y, x, isNaN(x)); }

fn exponential(x: f32) -> f32 { return keepNaN(x, exp(x)); }

fn rectified(x: f32) -> f32 { return keepNaN(x, max(x, 0.0)); }

fn larger(x: f32, y: f32) -> f32 { return keepNaN(x, keepNaN(y, max(x, y))); }

fn smaller(x: f32, y: f32) -> f32 { return keepNaN(x, keepNaN(y, min(x, y))); }

// NaN. WGSL has no literal for it, and rejects constant expressions that give it.
fn nanFrom(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) | 0x7fc00000u); }

// log(0) may be a finite number on some devices.
fn logarithm(x: f32) -> f32 {
  if (isNaN(x) || x < 0.0) { return nanFrom(x); }
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

// The coordinates of element i of an array of this shape.
fn coordinates(i: u32, shape: vec4<u32>) -> vec4<u32> {
  let i2 = i / shape.w;
  let i1 = i2 / shape.z;
  return vec4<u32>(i1 / shape.y, i1 % shape.y, i2 % shape.z, i % shape.w);
}

// The index of the element with these coordinates in an array with these strides.
fn indexOf(position: vec4<u32>, strides: vec4<u32>) -> u32 {
  let offsets = position * strides;
  return offsets.x + offsets.y + offsets.z + offsets.w;
}
`;

/** Elements per load in a kernel of {@link elementsCode}: a vector, if `count` elements are whole vectors. */
export function vectorSizeOf(count: number): 1 | 4 {
  return count % 4 === 0 ? 4 : 1;
}

/**
 * WGSL of y = `expression` for each element, of operands with y's shape. The uniforms are the number of loads, 0, and the numbers
 * p and q of the expression.
 */
export function elementsCode(expression: string, names: readonly string[], vectorSize: 1 | 4): string {
  const type = vectorSize === 4 ? 'array<vec4<f32>>' : 'array<f32>';
  const result = (part: string) => `result(${names.map((name) => `${name}${part}`).join(', ')})`;
  const parts = vectorSize === 4 ? ['.x', '.y', '.z', '.w'].map(result).join(', ') : result('');
  return `
struct Uniforms { count: u32, padding: u32, p: f32, q: f32 }
${binding(0, 'read_write', 'results', type)}
${names.map((name, k) => binding(k + 1, 'read', `${name}Array`, type)).join('\n')}
${binding(names.length + 1, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
fn result(${names.map((name) => `${name}: f32`).join(', ')}) -> f32 { return ${expression}; }

${ELEMENT_KERNEL_START}
  ${names.map((name) => `let ${name} = ${name}Array[i];`).join('\n  ')}
  results[i] = ${vectorSize === 4 ? `vec4<f32>(${parts})` : parts};
}
`;
}
