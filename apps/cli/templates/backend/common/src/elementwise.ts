import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';
import { missing } from './missing.js';

export function elementwise(arrays: Arrays): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  return {
    // exp, log, sqrt, abs, relu, sigmoid, tanh, softplus, step: a function for each, and one loop over the elements.
    // NaN comes out where NaN went in (step: 0), and large arguments saturate: softplus(1000) is 1000, not Infinity.
    unary: (op, x) => missing(arrays, 'unary', { op, x }),

    // add, sub, mul, div, maximum, minimum. The result has the shape broadcastShape(a.shape, b.shape), of core; an operand
    // is walked with broadcastStrides(its shape, that shape). maximum and minimum pass NaN on from either side.
    binary: (op, a, b) => missing(arrays, 'binary', { op, a, b }),

    // x · scale + shift, where scale and shift are plain numbers.
    // One loop; the shape stays.
    affine: (x, scale, shift) => missing(arrays, 'affine', { x, scale, shift }),

    // a where condition is not 0, else b; all three broadcast to one shape, as in `binary`.
    // Choose, do not multiply by a mask: what is not chosen may be NaN.
    select: (condition, a, b) => missing(arrays, 'select', { condition, a, b }),
  };
}
