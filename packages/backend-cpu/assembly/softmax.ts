import { exp, log } from './math';
import { rowMaximum } from './reduce';
import { at, laneSum, loadLanes, splat, storeLanes } from './vector';

/** y [rows, columns] = softmax of each row of x: exp(x − max x) / Σ exp(x − max x). */
export function softmax(x: usize, y: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    softmaxRow(x, y, columns, rowMaximum(x, columns));
    x = at(x, columns);
    y = at(y, columns);
  }
}

/** y [rows, columns] = logarithm of the softmax of each row of x: x − max x − log Σ exp(x − max x). */
export function logSoftmax(x: usize, y: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    const largest = splat(rowMaximum(x, columns));
    const total = splat(logOf(expRow(x, y, columns, largest)));
    for (let i = 0; i < columns; i += 4) {
      storeLanes(at(y, i), f32x4.sub(f32x4.sub(v128.load(at(x, i)), largest), total), columns - i);
    }
    x = at(x, columns);
    y = at(y, columns);
  }
}

/** y [columns] = softmax of x [columns], whose largest element is `largest`. @returns log Σ exp(x − largest) */
export function softmaxRow(x: usize, y: usize, columns: i32, largest: f32): f32 {
  const total = expRow(x, y, columns, splat(largest));
  for (let i = 0; i < columns; i += 4) {
    storeLanes(at(y, i), f32x4.div(v128.load(at(y, i)), splat(total)), columns - i);
  }
  return logOf(total);
}

/** y [columns] = exp(x − shift). @returns the sum of y */
function expRow(x: usize, y: usize, columns: i32, shift: v128): f32 {
  let total = splat(0);
  for (let i = 0; i < columns; i += 4) {
    const e = exp(f32x4.sub(v128.load(at(x, i)), shift));
    storeLanes(at(y, i), e, columns - i);
    total = f32x4.add(total, loadLanes(at(y, i), columns - i, splat(0)));
  }
  return laneSum(total);
}

/** log Σ exp(x − largest) of x [columns] */
export function logTotal(x: usize, columns: i32, largest: f32): f32 {
  let total = splat(0);
  for (let i = 0; i < columns; i += 4) {
    const difference = f32x4.sub(loadLanes(at(x, i), columns - i, splat(-Infinity)), splat(largest));
    total = f32x4.add(total, exp(difference));
  }
  return logOf(laneSum(total));
}

function logOf(x: f32): f32 {
  return f32x4.extract_lane(log(splat(x)), 0);
}
