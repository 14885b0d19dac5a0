import type { Mode } from './device.js';
import type { Gpu, NativeFunction } from './gpu.js';

/*
 * Functions that kernels can call in addition to gpu.js's Math. They are strings, because minifiers and
 * coverage tools rewrite functions. Drivers differ in how they handle NaN and large arguments; these
 * functions give the same results on all.
 *
 * On many drivers the maximum of NaN and a number is the number. A compiler may also assume that no number is NaN: then
 * `x !== x` is false, and `x > 0 || x !== x ? x : 0` becomes max(x, 0). So no kernel tests if a number is NaN, and none
 * relies on max, min or a comparison to propagate it. A result that must be NaN where x is NaN goes through `keepNaN(x, …)`.
 */

/**
 * `keepNaN(x, y)`: y, or NaN where x is NaN. `choose(condition, a, b)`: b where the condition is 0, else a.
 * `whereFinite(x, a, b)`: a where x is finite, else b.
 */
const IN_JAVASCRIPT = [
  'function keepNaN(x, y) { if (x !== x) { return x; } return y; }',
  'function choose(condition, a, b) { if (condition === 0) { return b; } return a; }',
  'function whereFinite(x, a, b) { if (x - x === 0) { return a; } return b; }',
];

/** These test the bits, which no compiler makes assumptions about. */
const IN_WEBGL2 = [
  'float keepNaN(float x, float y) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? x : y; }',
  'float choose(float condition, float a, float b) { return (floatBitsToUint(condition) & 0x7fffffffu) == 0u ? b : a; }',
  'float whereFinite(float x, float a, float b) { return (floatBitsToUint(x) & 0x7f800000u) < 0x7f800000u ? a : b; }',
];

/**
 * WebGL1 has no access to bits. `min(vTexCoord.x, 0.0)` is a zero that the compiler cannot detect, because a
 * coordinate is never below 0. Divided by 1 + |x| it is NaN only for NaN; times x it is NaN for NaN and for
 * infinities.
 */
const IN_WEBGL1 = [
  'float keepNaN(float x, float y) { return y + min(vTexCoord.x, 0.0) / (1.0 + abs(x)); }',
  'float choose(float condition, float a, float b) { return condition == 0.0 ? b : a; }',
  'float whereFinite(float x, float a, float b) { return min(vTexCoord.x, 0.0) * x == 0.0 ? a : b; }',
];

/** The functions that are written in GLSL; in mode `cpu` they are written in JavaScript. */
export function nativeFunctions(mode: Mode): readonly NativeFunction[] {
  if (mode === 'cpu') return [];
  const [keepNaN, choose, whereFinite] = mode === 'webgl2' ? IN_WEBGL2 : IN_WEBGL1;
  return [
    {
      name: 'keepNaN',
      source: keepNaN,
      returnType: NUMBER,
      argumentTypes: { x: NUMBER, y: NUMBER },
    },
    {
      name: 'choose',
      source: choose,
      returnType: NUMBER,
      argumentTypes: { condition: NUMBER, a: NUMBER, b: NUMBER },
    },
    {
      name: 'whereFinite',
      source: whereFinite,
      returnType: NUMBER,
      argumentTypes: { x: NUMBER, a: NUMBER, b: NUMBER },
    },
  ];
}

const NUMBER = 'Number';
const SOURCES: readonly { readonly source: string; readonly argumentTypes: string[] }[] = [
  {
    // ⌊i / d⌋ of whole numbers below 2²⁴. The division may be off by an ulp, and its floor therefore by one.
    source: `function quotient(i, d) {
      var q = Math.floor(i / d);
      if (q * d > i) { q = q - 1; }
      if ((q + 1) * d <= i) { q = q + 1; }
      return q;
    }`,
    argumentTypes: [NUMBER, NUMBER],
  },
  {
    // The position of element i of an array with four axes, given its last three dimensions and its strides.
    source: `function stridedIndex(i, dims, strides) {
      var q2 = quotient(i, dims[2]);
      var q1 = quotient(q2, dims[1]);
      var q0 = quotient(q1, dims[0]);
      return q0 * strides[0] + (q1 - q0 * dims[0]) * strides[1] + (q2 - q1 * dims[1]) * strides[2]
        + (i - q2 * dims[2]) * strides[3];
    }`,
    argumentTypes: [NUMBER, 'Array(3)', 'Array(4)'],
  },
  { source: 'function safeExp(x) { return keepNaN(x, Math.exp(x)); }', argumentTypes: [NUMBER] },
  { source: 'function safeLog(x) { return keepNaN(x, Math.log(x)); }', argumentTypes: [NUMBER] },
  {
    source: `function safeTanh(x) {
      var e = Math.exp(-2 * Math.min(Math.abs(x), 15));
      var y = (1 - e) / (1 + e);
      if (x < 0) { y = -y; }
      return keepNaN(x, y);
    }`,
    argumentTypes: [NUMBER],
  },
  {
    source: 'function sigmoid(x) { return keepNaN(x, 1 / (1 + Math.exp(-x))); }',
    argumentTypes: [NUMBER],
  },
  {
    source: `function softplus(x) {
      return keepNaN(x, Math.max(x, 0) + Math.log(1 + Math.exp(-Math.abs(x))));
    }`,
    argumentTypes: [NUMBER],
  },
  { source: 'function relu(x) { return keepNaN(x, Math.max(x, 0)); }', argumentTypes: [NUMBER] },
  {
    source: 'function maximum(x, y) { return keepNaN(x, keepNaN(y, Math.max(x, y))); }',
    argumentTypes: [NUMBER, NUMBER],
  },
  {
    source: 'function minimum(x, y) { return keepNaN(x, keepNaN(y, Math.min(x, y))); }',
    argumentTypes: [NUMBER, NUMBER],
  },
];

/** Adds the functions to a gpu.js instance. A kernel contains those that it calls. */
export function addFunctions(gpu: Gpu, mode: Mode): void {
  const add = (source: string, argumentTypes: string[]) =>
    gpu.functions.push({ source, settings: { argumentTypes, returnType: NUMBER } });
  if (mode === 'cpu') {
    const [keepNaN, choose, whereFinite] = IN_JAVASCRIPT;
    add(keepNaN, [NUMBER, NUMBER]);
    add(choose, [NUMBER, NUMBER, NUMBER]);
    add(whereFinite, [NUMBER, NUMBER, NUMBER]);
  }
  for (const { source, argumentTypes } of SOURCES) add(source, argumentTypes);
}
