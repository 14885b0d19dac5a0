import type { Shape, Tensor } from '@recurra/core';
import {
  type BinaryOp,
  broadcastShape,
  type Operations,
  sameShape,
  type UnaryOp,
} from '@recurra/core/backend';
import { type Context, zeros } from './memory.js';
import { broadcastIndices } from './shape.js';

const UNARY: Record<UnaryOp, (x: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  relu: (x) => Math.max(x, 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  // Computes log(1 + exp(x)) as max(x, 0) + log(1 + exp(−|x|)), in which exp cannot overflow.
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  step: (x) => (x > 0 ? 1 : 0),
};

const BINARY: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

/** Operations that compute each element from the elements at the same index. */
export function elementwise({
  get,
  add,
}: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  const map = (tensor: Tensor, f: (value: number) => number) => {
    const x = get(tensor);
    const y = zeros(Float64Array, x.length);
    for (let i = 0; i < y.length; i++) y[i] = f(x[i]);
    return add(y, tensor.shape);
  };

  /** The elements of a tensor, repeated to fill `shape`. */
  const broadcast = (tensor: Tensor, shape: Shape) => {
    const x = get(tensor);
    if (sameShape(tensor.shape, shape)) return x;
    const from = broadcastIndices(tensor.shape, shape);
    const y = zeros(Float64Array, from.length);
    for (let i = 0; i < y.length; i++) y[i] = x[from[i]];
    return y;
  };

  return {
    unary: (op, x) => map(x, UNARY[op]),

    affine: (x, scale, shift) => map(x, (value) => value * scale + shift),

    binary(op, aTensor, bTensor) {
      const f = BINARY[op];
      const shape = commonShape(aTensor.shape, bTensor.shape);
      const [a, b] = [broadcast(aTensor, shape), broadcast(bTensor, shape)];
      const y = zeros(Float64Array, a.length);
      for (let i = 0; i < y.length; i++) y[i] = f(a[i], b[i]);
      return add(y, shape);
    },

    select(conditionTensor, aTensor, bTensor) {
      const shape = commonShape(conditionTensor.shape, commonShape(aTensor.shape, bTensor.shape));
      const [condition, a, b] = [conditionTensor, aTensor, bTensor].map((x) => broadcast(x, shape));
      const y = zeros(Float64Array, a.length);
      for (let i = 0; i < y.length; i++) y[i] = condition[i] !== 0 ? a[i] : b[i];
      return add(y, shape);
    },
  };
}

/** Core has checked that the shapes broadcast. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
