import type { Gpu } from './gpu.js';

/*
 * What kernels may call besides gpu.js's own Math. Source, not functions: a minifier or a coverage tool would rewrite a
 * function. Drivers differ in what they make of NaN and of large arguments; these do not.
 */

interface HelperFunction {
  readonly source: string;
  readonly argumentTypes: string[];
}

const NUMBER = 'Number';
const SOURCES: readonly HelperFunction[] = [
  {
    // ⌊i / d⌋ of whole numbers below 2²⁴: a division may err by an ulp, and a floor makes that one.
    source: `function quotient(i, d) {
      var q = Math.floor(i / d);
      if (q * d > i) { q = q - 1; }
      if ((q + 1) * d <= i) { q = q + 1; }
      return q;
    }`,
    argumentTypes: [NUMBER, NUMBER],
  },
  {
    // Where element i of an array with these last three dimensions is, if neighbours along its four axes are so far apart.
    source: `function place(i, dims, strides) {
      var q2 = quotient(i, dims[2]);
      var q1 = quotient(q2, dims[1]);
      var q0 = quotient(q1, dims[0]);
      return q0 * strides[0] + (q1 - q0 * dims[0]) * strides[1] + (q2 - q1 * dims[1]) * strides[2]
        + (i - q2 * dims[2]) * strides[3];
    }`,
    argumentTypes: [NUMBER, 'Array(3)', 'Array(4)'],
  },
  {
    source: `function safeExp(x) {
      if (x !== x) { return x; }
      return Math.exp(x);
    }`,
    argumentTypes: [NUMBER],
  },
  {
    source: `function safeTanh(x) {
      if (x !== x) { return x; }
      var e = Math.exp(-2 * Math.min(Math.abs(x), 15));
      var y = (1 - e) / (1 + e);
      if (x < 0) { return -y; }
      return y;
    }`,
    argumentTypes: [NUMBER],
  },
  {
    source: `function sigmoid(x) {
      if (x !== x) { return x; }
      return 1 / (1 + Math.exp(-x));
    }`,
    argumentTypes: [NUMBER],
  },
  {
    source: `function softplus(x) {
      if (x !== x) { return x; }
      return Math.max(x, 0) + Math.log(1 + Math.exp(-Math.abs(x)));
    }`,
    argumentTypes: [NUMBER],
  },
];

/** Makes the functions known to every kernel of a gpu.js; a kernel has those that it calls. */
export function addFunctions(gpu: Gpu): void {
  for (const { source, argumentTypes } of SOURCES) {
    gpu.functions.push({ source, settings: { argumentTypes, returnType: NUMBER } });
  }
}
