/* The activation of a dense layer and its gradient. `kind` is its position in src/dense.ts: linear, relu, sigmoid, tanh. */
import { sigmoid, tanh } from './math';
import { at, splat, storeLanes } from './vector';

/** y = activation(y), `size` elements. */
export function denseActivation(kind: i32, y: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    let x = v128.load(at(y, i));
    if (kind == 1) x = f32x4.max(x, splat(0));
    else if (kind == 2) x = sigmoid(x);
    else if (kind == 3) x = tanh(x);
    storeLanes(at(y, i), x, size - i);
  }
}

/** dx = dy · activation′, which is known from the result y. */
export function denseActivationGradient(kind: i32, y: usize, dy: usize, dx: usize, size: i32): void {
  const one = splat(1);
  for (let i = 0; i < size; i += 4) {
    const result = v128.load(at(y, i));
    let slope = one;
    if (kind == 1) slope = v128.and(f32x4.gt(result, splat(0)), one);
    else if (kind == 2) slope = f32x4.mul(result, f32x4.sub(one, result));
    else if (kind == 3) slope = f32x4.sub(one, f32x4.mul(result, result));
    storeLanes(at(dx, i), f32x4.mul(v128.load(at(dy, i)), slope), size - i);
  }
}
