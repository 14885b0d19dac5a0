/* The activation of a dense layer, forward and backward. */
import { Activation } from './abi.generated';
import { sigmoid, tanh } from './math';
import { at, splat, storeLanes } from './vector';

/** y [size] = activation(y). */
export function denseActivation(activation: i32, y: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    let x = v128.load(at(y, i));
    if (activation == Activation.relu) x = f32x4.max(x, splat(0));
    else if (activation == Activation.sigmoid) x = sigmoid(x);
    else if (activation == Activation.tanh) x = tanh(x);
    storeLanes(at(y, i), x, size - i);
  }
}

/** dx [size] = dy · activation′. The derivative is computed from the result y. */
export function denseActivationGradient(activation: i32, y: usize, dy: usize, dx: usize, size: i32): void {
  const one = splat(1);
  for (let i = 0; i < size; i += 4) {
    const result = v128.load(at(y, i));
    let slope = one;
    if (activation == Activation.relu) slope = v128.and(f32x4.gt(result, splat(0)), one);
    else if (activation == Activation.sigmoid) slope = f32x4.mul(result, f32x4.sub(one, result));
    else if (activation == Activation.tanh) slope = f32x4.sub(one, f32x4.mul(result, result));
    storeLanes(at(dx, i), f32x4.mul(v128.load(at(dy, i)), slope), size - i);
  }
}
