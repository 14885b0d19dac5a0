/* Parts of the operations' gradients that several operations share, or that are too long for the operation's method. */
import type { UnaryOp } from '../contract/backend.js';
import { type Shape, sameShape, type Tensor } from '../contract/tensor.js';

/** The operations that these gradients use; a tape implements them. */
interface Operations {
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  affine(x: Tensor, scale: number, shift?: number): Tensor;
  step(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  sum(x: Tensor, axes: readonly number[]): Tensor;
  reshape(x: Tensor, shape: Shape): Tensor;
  concat(xs: readonly Tensor[], axis: number): Tensor;
  fill(shape: Shape, value: number): Tensor;
}

/** Computes dy · f'(x) for y = f(x); undefined if f' is 0 everywhere. */
export function derivative(
  tape: Operations,
  op: UnaryOp,
  x: Tensor,
  y: Tensor,
  dy: Tensor,
): Tensor | undefined {
  switch (op) {
    case 'exp':
      return tape.mul(dy, y);
    case 'log':
      return tape.div(dy, x);
    case 'sqrt':
      return tape.div(tape.affine(dy, 0.5), y);
    case 'abs':
      return tape.mul(dy, tape.sub(tape.step(x), tape.step(tape.affine(x, -1))));
    case 'relu':
      return tape.mul(dy, tape.step(x));
    case 'sigmoid':
      return tape.mul(dy, tape.mul(y, tape.affine(y, -1, 1)));
    case 'tanh':
      return tape.mul(dy, tape.affine(tape.mul(y, y), -1, 1));
    case 'softplus':
      return tape.mul(dy, tape.sigmoid(x));
    case 'step':
      return undefined;
  }
}

/** The gradient of broadcasting: sums over the repeated axes, to get back to `shape`. */
export function unbroadcast(tape: Operations, gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const repeated = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1));
  const summed = repeated.length > 0 ? tape.sum(gradient, repeated) : gradient;
  return extra > 0 ? tape.reshape(summed, shape) : summed;
}

/** The gradient of slicing: a tensor of `shape` with x at `begin`, and zeros elsewhere. */
export function pad(tape: Operations, x: Tensor, begin: readonly number[], shape: Shape): Tensor {
  return shape.reduce((padded, whole, axis) => {
    const after = whole - begin[axis] - padded.shape[axis];
    const zeros = (size: number) => (size > 0 ? [tape.fill(resized(padded.shape, axis, size), 0)] : []);
    const parts = [...zeros(begin[axis]), padded, ...zeros(after)];
    return parts.length > 1 ? tape.concat(parts, axis) : padded;
  }, x);
}

/** Returns `shape` with a different size along `axis`. */
export function resized(shape: Shape, axis: number, size: number): number[] {
  return shape.map((dimension, at) => (at === axis ? size : dimension));
}
