import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { missing } from './missing.js';

export function elementwise(context: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  return {
    // exp, log, sqrt, abs, relu, sigmoid, tanh, softplus, step: one function each, and one loop over the elements.
    // NaN in, NaN out (step(NaN) is 0). Large arguments must not overflow: softplus(1000) is 1000, not Infinity.
    unary: (op, x) => missing(context, 'unary', { op, x }),

    // add, sub, mul, div, maximum, minimum. The shape of the result is broadcastShape(a.shape, b.shape), from core. Read each
    // operand with broadcastStrides(its shape, the result's shape). maximum and minimum return NaN if either operand is NaN.
    binary: (op, a, b) => missing(context, 'binary', { op, a, b }),

    // x · scale + shift, where scale and shift are plain numbers.
    // One loop; the result has the shape of x.
    affine: (x, scale, shift) => missing(context, 'affine', { x, scale, shift }),

    // a where condition is not 0, else b. All three are broadcast to one shape, as in `binary`.
    // Do not compute it by multiplying with a mask: the value that is not selected may be NaN.
    select: (condition, a, b) => missing(context, 'select', { condition, a, b }),
  };
}
