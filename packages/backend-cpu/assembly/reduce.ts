/*
 * Sums and maxima over the middle axis of x [outer, count, inner]. Long sums are added up in pieces, because the error of a
 * float32 sum grows with the number of additions in sequence.
 */
import { at, laneMax, laneSum, loadLanes, splat, storeLanes } from './vector';

/** The number of vectors that are added up in sequence. */
const PIECE = 64;

/** y [outer, inner] = Σ x [outer, count, inner] */
export function sum(x: usize, y: usize, outer: i32, count: i32, inner: i32): void {
  for (let i = 0; i < outer; i++) {
    if (inner == 1) store<f32>(y, rowSum(x, count));
    else sumColumns(x, inner, y, count, inner);
    x = at(x, count * inner);
    y = at(y, inner);
  }
}

/** The sum of x [size]. */
function rowSum(x: usize, size: i32): f32 {
  let total: f64 = 0;
  for (let start = 0; start < size; start += 4 * PIECE) {
    const end = min(size, start + 4 * PIECE);
    let piece = splat(0);
    for (let i = start; i < end; i += 4) piece = f32x4.add(piece, loadLanes(at(x, i), end - i, splat(0)));
    total += laneSum(piece);
  }
  return <f32>total;
}

/** y [columns] = the sums of the columns of x [rows, columns]. */
export function sumColumns(x: usize, xRowStride: i32, y: usize, rows: i32, columns: i32): void {
  memory.fill(y, 0, <usize>columns << 2);
  for (let start = 0; start < rows; start += PIECE) {
    const end = min(rows, start + PIECE);
    let column = 0;
    // 16 columns at a time, which are one cache line.
    for (; column + 16 <= columns; column += 16) addPiece(at(x, start * xRowStride + column), xRowStride, at(y, column), end - start);
    for (; column < columns; column += 4) {
      let piece = splat(0);
      for (let row = start; row < end; row++) piece = f32x4.add(piece, v128.load(at(x, row * xRowStride + column)));
      storeLanes(at(y, column), f32x4.add(v128.load(at(y, column)), piece), columns - column);
    }
  }
}

/** y [16] += the sums of 16 columns of x [rows, 16]. */
function addPiece(x: usize, xRowStride: i32, y: usize, rows: i32): void {
  let sum0 = splat(0);
  let sum1 = splat(0);
  let sum2 = splat(0);
  let sum3 = splat(0);
  for (let row = 0; row < rows; row++) {
    sum0 = f32x4.add(sum0, v128.load(x));
    sum1 = f32x4.add(sum1, v128.load(x, 16));
    sum2 = f32x4.add(sum2, v128.load(x, 32));
    sum3 = f32x4.add(sum3, v128.load(x, 48));
    x = at(x, xRowStride);
  }
  v128.store(y, f32x4.add(v128.load(y), sum0));
  v128.store(y, f32x4.add(v128.load(y, 16), sum1), 16);
  v128.store(y, f32x4.add(v128.load(y, 32), sum2), 32);
  v128.store(y, f32x4.add(v128.load(y, 48), sum3), 48);
}

/** y [outer, inner] = max x [outer, count, inner]; NaN if an element is NaN. */
export function maximum(x: usize, y: usize, outer: i32, count: i32, inner: i32): void {
  for (let i = 0; i < outer; i++) {
    if (inner == 1) store<f32>(y, rowMaximum(x, count));
    else columnMaximum(x, y, count, inner);
    x = at(x, count * inner);
    y = at(y, inner);
  }
}

/** The largest element of x [size]; NaN if an element is NaN. */
export function rowMaximum(x: usize, size: i32): f32 {
  const least = splat(-Infinity);
  let largest = least;
  for (let i = 0; i < size; i += 4) largest = f32x4.max(largest, loadLanes(at(x, i), size - i, least));
  return laneMax(largest);
}

/** y [columns] = the largest element of each column of x [rows, columns]. */
function columnMaximum(x: usize, y: usize, rows: i32, columns: i32): void {
  for (let column = 0; column < columns; column += 4) {
    let largest = splat(-Infinity);
    for (let row = 0; row < rows; row++) largest = f32x4.max(largest, v128.load(at(x, row * columns + column)));
    storeLanes(at(y, column), largest, columns - column);
  }
}
