import { type Activation, resolveActivation } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from './tape.js';

/** Applies an activation element by element; softmax is computed over the last axis. */
export function activate(tape: Tape, x: Tensor, activation: Activation): Tensor {
  const { kind, alpha, beta } = resolveActivation(activation);
  switch (kind) {
    case 'linear':
      return x;
    case 'tanh':
    case 'sigmoid':
    case 'relu':
    case 'softplus':
      return tape.unary(kind, x);
    case 'softmax':
      return tape.softmax(x);
    case 'softsign':
      return tape.div(x, tape.affine(tape.abs(x), 1, 1));
    case 'exponential':
      return tape.exp(x);
    case 'hardSigmoid':
      return clamp(tape, tape.affine(x, alpha, beta), 0, 1);
    case 'elu':
      return elu(tape, x, alpha);
    case 'selu':
      return tape.affine(elu(tape, x, 1.6732632423543772), 1.0507009873554805);
    case 'leakyRelu':
      return tape.sub(tape.relu(x), tape.affine(tape.relu(tape.affine(x, -1)), alpha));
    case 'thresholdedRelu':
      return tape.mul(x, tape.step(tape.affine(x, 1, -alpha)));
    case 'scaledTanh':
      return tape.affine(tape.tanh(tape.affine(x, beta)), alpha);
    case 'affine':
      return tape.affine(x, alpha, beta);
  }
}

/** Clamps x to the range from `low` to `high`. The gradient still passes at the bounds. */
export function clamp(tape: Tape, x: Tensor, low: number, high: number): Tensor {
  return tape.minimum(tape.maximum(x, tape.fill([1], low)), tape.fill([1], high));
}

/**
 * ELU: x above zero, alpha · (exp(x) − 1) below (Clevert et al. 2016). The argument of exp is never positive, so it
 * cannot overflow.
 */
function elu(tape: Tape, x: Tensor, alpha: number): Tensor {
  const below = tape.affine(tape.relu(tape.affine(x, -1)), -1);
  return tape.add(tape.relu(x), tape.affine(tape.exp(below), alpha, -alpha));
}
