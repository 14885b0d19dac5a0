import type { Shape, Tensor } from '@recurra/core';
import {
  type BinaryOp,
  broadcastShape,
  broadcastStrides,
  type Operations,
  sizeOf,
  type UnaryOp,
} from '@recurra/core/backend';
import { accessOf, broadcastAccess, readAll } from './access.js';
import type { Context } from './memory.js';
import { FLAT, fourAxes, lastThree } from './strides.js';

/** Function bodies of `value`. `infinity` and `nan` are arguments, because GLSL has no literals for them. */
const UNARY: Record<UnaryOp, string> = {
  exp: 'return safeExp(value);',
  log: `var result = Math.log(value);
    if (value === infinity) { result = infinity; }
    if (value === 0) { result = -infinity; }
    if (value < 0) { result = nan; }
    return keepNaN(value, result);`,
  sqrt: `var result = Math.sqrt(value);
    if (value === infinity) { result = infinity; }
    if (value < 0) { result = nan; }
    return keepNaN(value, result);`,
  abs: 'return Math.abs(value);',
  relu: 'return relu(value);',
  sigmoid: 'return sigmoid(value);',
  tanh: 'return safeTanh(value);',
  softplus: 'return softplus(value);',
  step: `if (value > 0) { return 1; }
    return 0;`,
};

/** Function bodies of `p` and `q`. */
const BINARY: Record<BinaryOp, string> = {
  add: 'return p + q;',
  sub: 'return p - q;',
  mul: 'return p * q;',
  div: 'return p / q;',
  maximum: 'return maximum(p, q);',
  minimum: 'return minimum(p, q);',
};

/** Operations that compute each element from the elements at the same index. */
export function elementwise(context: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  const { kernel, get, add, empty, outputOf } = context;

  return {
    unary(op, x) {
      const storage = get(x);
      if (sizeOf(x.shape) === 0) return empty(x.shape);
      const output = outputOf(x.shape);
      const { key, values, native } = readAll(['x'], [accessOf(storage, output, context)], context);
      const launch = kernel(`${op}${key}`, () => ({
        // x [n] → [n]
        source: `function (x, infinity, nan) {
          var value = ${values[0]};
          ${UNARY[op]}
        }`,
        types: ['texture', 'number', 'number'],
        native,
      }));
      return add(launch(output, storage, Number.POSITIVE_INFINITY, Number.NaN), x.shape);
    },

    affine(x, scale, shift) {
      const storage = get(x);
      if (sizeOf(x.shape) === 0) return empty(x.shape);
      const output = outputOf(x.shape);
      const { key, values, native } = readAll(['x'], [accessOf(storage, output, context)], context);
      const launch = kernel(`affine${key}`, () => ({
        // x [n] → [n]
        source: `function (x, scale, shift) { return ${values[0]} * scale + shift; }`,
        types: ['texture', 'number', 'number'],
        native,
      }));
      return add(launch(output, storage, scale, shift), x.shape);
    },

    binary(op, a, b) {
      const [left, right] = [get(a), get(b)];
      const shape = commonShape(a, b);
      if (sizeOf(shape) === 0) return empty(shape);
      const output = outputOf(shape);
      const [ofA, ofB] = [
        broadcastAccess(a, shape, left, output, context),
        broadcastAccess(b, shape, right, output, context),
      ];
      if (ofA && ofB) {
        const { key, values, native } = readAll(['a', 'b'], [ofA, ofB], context);
        const launch = kernel(`${op}${key}`, () => ({
          // a, b → [n]
          source: `function (a, b) {
            var p = ${values[0]};
            var q = ${values[1]};
            ${BINARY[op]}
          }`,
          types: ['texture', 'texture'],
          native,
        }));
        return add(launch(output, left, right), shape);
      }
      const launch = kernel(`${op}, broadcast`, () => ({
        // a and b of up to four axes, broadcast to four axes, of which dims has the last three.
        source: `function (a, b, dims, aStrides, bStrides) {
          var i = ${FLAT};
          var p = a[stridedIndex(i, dims, aStrides)];
          var q = b[stridedIndex(i, dims, bStrides)];
          ${BINARY[op]}
        }`,
        types: ['texture', 'texture', 'vector3', 'vector4', 'vector4'],
      }));
      const strides = [a, b].map((x) => fourAxes(broadcastStrides(x.shape, shape), 0));
      return add(launch(output, left, right, lastThree(shape), ...strides), shape);
    },

    select(condition, a, b) {
      const [conditions, left, right] = [get(condition), get(a), get(b)];
      const shape = commonShape(condition, a, b);
      if (sizeOf(shape) === 0) return empty(shape);
      const launch = kernel('select', () => ({
        // condition, a and b of up to four axes, broadcast to four axes, of which dims has the last three.
        source: `function (condition, a, b, dims, cStrides, aStrides, bStrides) {
          var i = ${FLAT};
          return choose(
            condition[stridedIndex(i, dims, cStrides)],
            a[stridedIndex(i, dims, aStrides)],
            b[stridedIndex(i, dims, bStrides)]
          );
        }`,
        types: ['texture', 'texture', 'texture', 'vector3', 'vector4', 'vector4', 'vector4'],
      }));
      const strides = [condition, a, b].map((x) => fourAxes(broadcastStrides(x.shape, shape), 0));
      return add(launch(outputOf(shape), conditions, left, right, lastThree(shape), ...strides), shape);
    },
  };
}

/** The shape that tensors broadcast to; core has checked that they do. */
function commonShape(...tensors: readonly Tensor[]): Shape {
  return tensors.reduce<Shape>((shape, x) => broadcastShape(shape, x.shape) as Shape, [1]);
}
