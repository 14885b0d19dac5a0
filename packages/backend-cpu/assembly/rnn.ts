/* h' = activation(a), where a = W x + b + U h has been computed; the activation is tanh or relu. */
import { tanh } from './math';
import { clear, keep, outputGradient, rowOf, takesPart } from './sequence';
import { at, splat, storeLanes } from './vector';

/**
 * Step t of all rows. From a [rows, units] and the state h [rows, units] to the output y and the new h;
 * `before` (or 0) keeps the old h.
 */
export function rnnForward(
  relu: bool, a: usize, h: usize, y: usize, before: usize, rows: i32, units: i32, lengths: usize, t: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    if (!takesPart(lengths, row, t)) {
      clear(rowY, units);
      clear(rowBefore, units);
      continue;
    }
    const rowA = rowOf(a, row, units);
    const rowH = rowOf(h, row, units);
    keep(rowH, rowBefore, units);
    for (let i = 0; i < units; i += 4) {
      const x = v128.load(at(rowA, i));
      const result = relu ? f32x4.max(x, splat(0)) : tanh(x);
      storeLanes(at(rowH, i), result, units - i);
      storeLanes(at(rowY, i), result, units - i);
    }
  }
}

/**
 * The way back of step t: from dh, and dy (or 0), to da. dh is left 0 where it was used, so that da · Uᵀ can be
 * added to it.
 */
export function rnnBackward(
  relu: bool, y: usize, dy: usize, dh: usize, da: usize, rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const rowDa = rowOf(da, row, units);
    if (!takesPart(lengths, row, t)) {
      clear(rowDa, units);
      continue;
    }
    const rowY = rowOf(y, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(dh, row, units);
    for (let i = 0; i < units; i += 4) {
      const result = v128.load(at(rowY, i));
      const slope = relu
        ? v128.and(f32x4.gt(result, splat(0)), one)
        : f32x4.sub(one, f32x4.mul(result, result));
      storeLanes(at(rowDa, i), f32x4.mul(outputGradient(rowDh, rowDy, i), slope), units - i);
    }
    clear(rowDh, units);
  }
}
