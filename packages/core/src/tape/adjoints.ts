/* The parts of the operations' gradients that several of them share, or that would hide the operation beside them. */
import type { UnaryOp } from '../contract/backend.js';
import { type Shape, sameShape, type Tensor } from '../contract/tensor.js';
import type { Tape } from './tape.js';

/** dy · f'(x), where y = f(x); undefined where f' is 0. */
export function derivative(tape: Tape, op: UnaryOp, x: Tensor, y: Tensor, dy: Tensor): Tensor | undefined {
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

/** The gradient of broadcasting: summed over the axes that were repeated, back to `shape`. */
export function unbroadcast(tape: Tape, gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const repeated = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1));
  const summed = repeated.length > 0 ? tape.sum(gradient, repeated) : gradient;
  return extra > 0 ? tape.reshape(summed, shape) : summed;
}

/** The gradient of slicing: x at `begin` of a tensor of `shape`, zeros all around. */
export function pad(tape: Tape, x: Tensor, begin: readonly number[], shape: Shape): Tensor {
  return shape.reduce((padded, whole, axis) => {
    const after = whole - begin[axis] - padded.shape[axis];
    const zeros = (size: number) => (size > 0 ? [tape.fill(resized(padded.shape, axis, size), 0)] : []);
    const parts = [...zeros(begin[axis]), padded, ...zeros(after)];
    return parts.length > 1 ? tape.concat(parts, axis) : padded;
  }, x);
}

/** `shape` with another size along `axis`. */
export function resized(shape: Shape, axis: number, size: number): number[] {
  return shape.map((dimension, at) => (at === axis ? size : dimension));
}
