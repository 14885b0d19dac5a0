/* The activation of a dense layer, forward and backward. */
import { Activation } from './abi.generated';
import { sigmoid, tanh } from './math';
import { at, splat, storeLanes } from './vector';

/** y [rows, units] = activation(y + bias [units]); the bias may be absent. */
export function denseActivation(activation: i32, bias: usize, y: usize, rows: i32, units: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < units; i += 4) {
      let x = v128.load(at(y, i));
      if (bias) x = f32x4.add(x, v128.load(at(bias, i)));
      if (activation == Activation.relu) x = f32x4.max(x, splat(0));
      else if (activation == Activation.sigmoid) x = sigmoid(x);
      else if (activation == Activation.tanh) x = tanh(x);
      storeLanes(at(y, i), x, units - i);
    }
    y = at(y, units);
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
