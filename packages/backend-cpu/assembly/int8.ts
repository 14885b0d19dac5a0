/*
 * Products with int8 weights. The rows of the other factor are rounded to whole numbers of 16 bits, each row with a scale of
 * its own, so that the sums of products are exact in 32 bits: the result does not depend on their order. Element j of a row
 * of the result is sum · (scale of the row · scale of column j).
 *
 * A rounded row has k elements of 16 bits, padded with zeros to whole vectors, and then its scale, float32. Weights are in
 * panels [⌈n / 16⌉, ⌈k / 2⌉, 16, 2] of bytes: the elements of two rows of a column are side by side, as `i32x4.dot_i16x8_s`
 * takes them. Missing rows and columns are zero.
 */
import { PANEL } from './abi.generated';
import { at, firstLanes, laneMax, splat, storeLanes } from './vector';

/** Rows that are multiplied with all panels before the next ones are. */
const HEIGHT = 64;

/** The largest whole number of 16 bits. */
const LARGEST = 32767;

/** The bytes of a rounded row of k elements. */
export function roundedRowBytes(k: i32): i32 {
  return scaleOffset(k) + 16;
}

@inline
function scaleOffset(k: i32): i32 {
  return ((k + 7) & ~7) << 1;
}

/**
 * Rounds the rows of x [m, k] to whole numbers of x / scale, halves to even. The scale of a row is its largest absolute value
 * / limit, where the sum of k products of 128 · limit has no more than 31 bits. NaN and infinity in a row make its scale NaN.
 */
export function roundRows(x: usize, m: i32, k: i32, rounded: usize): void {
  const limit = <f32>min(LARGEST, 0x7fffffff / (128 * max(k, 1)));
  const offset = scaleOffset(k);
  for (let row = 0; row < m; row++) {
    let largest = splat(0);
    let i = 0;
    for (; i + 4 <= k; i += 4) largest = f32x4.max(largest, f32x4.abs(v128.load(at(x, i))));
    if (i < k) largest = f32x4.max(largest, v128.and(f32x4.abs(v128.load(at(x, i))), firstLanes(k - i)));
    const maximum = laneMax(largest);
    const factor = splat(maximum > 0 ? limit / maximum : 0);
    for (i = 0; i < k; i += 8) {
      const left = wholeNumbers(at(x, i), factor, k - i);
      const right = wholeNumbers(at(x, i + 4), factor, k - i - 4);
      v128.store(rounded + (<usize>i << 1), i16x8.narrow_i32x4_s(left, right));
    }
    // The subtraction makes an infinite scale NaN.
    store<f32>(rounded + offset, (maximum + (maximum - maximum)) / limit);
    x = at(x, k);
    rounded += offset + 16;
  }
}

/** The first `count` of four elements of x · factor, rounded; the others are 0. */
@inline
function wholeNumbers(x: usize, factor: v128, count: i32): v128 {
  const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), factor)));
  return count >= 4 ? whole : v128.and(whole, firstLanes(count));
}

/** Packs columns of int8 weights [k, n], whose rows are `rowStride` bytes apart, into panels. */
export function packInt8Panels(weights: usize, rowStride: i32, k: i32, n: i32, panels: usize): void {
  const panelBytes = ((k + 1) >> 1) * 2 * PANEL;
  memory.fill(panels, 0, ((n + PANEL - 1) / PANEL) * panelBytes);
  for (let row = 0; row < k; row++) {
    const from = weights + row * rowStride;
    const to = panels + (row >> 1) * 2 * PANEL + (row & 1);
    for (let column = 0; column < n; column++) {
      const panel = to + (column / PANEL) * panelBytes;
      store<i8>(panel + (column & (PANEL - 1)) * 2, load<i8>(from + column));
    }
  }
}

/**
 * C [m, n] = X [m, k] · W [k, n], or C + X · W, for the columns `start` to `end` of C only; `start` is the first column of a
 * panel. X is rounded by {@link roundRows}, and W packed by {@link packInt8Panels}.
 */
export function multiplyInt8(
  rounded: usize, k: i32, panels: usize, scales: usize, c: usize, cRowStride: i32,
  m: i32, start: i32, end: i32, accumulate: bool,
): void {
  const pairs = (k + 1) >> 1;
  const panelBytes = pairs * 2 * PANEL;
  const rowBytes = roundedRowBytes(k);
  const offset = scaleOffset(k);
  for (let top = 0; top < m; top += HEIGHT) {
    const bottom = min(m, top + HEIGHT);
    const even = top + ((bottom - top) & ~1);
    for (let column = start; column < end; column += PANEL) {
      const panel = panels + (column / PANEL) * panelBytes;
      // Two rows at a time, because each vector of weights is then loaded half as often.
      for (let row = top; row < even; row += 2) {
        const x = rounded + row * rowBytes;
        const y = at(c, row * cRowStride + column);
        tile2x16(x, x + rowBytes, offset, panel, at(scales, column), y, at(y, cRowStride), pairs, end - column, accumulate);
      }
    }
    if (even == bottom) continue;
    const x = rounded + even * rowBytes;
    const y = at(c, even * cRowStride);
    let column = start;
    for (; column + PANEL < end; column += 2 * PANEL) {
      const panel = panels + (column / PANEL) * panelBytes;
      tile1x32(x, offset, panel, panel + panelBytes, at(scales, column), at(y, column), pairs, end - column, accumulate);
    }
    if (column < end) {
      const panel = panels + (column / PANEL) * panelBytes;
      tile1x16(x, offset, panel, at(scales, column), at(y, column), pairs, end - column, accumulate);
    }
  }
}

/** sum + the products of two rows of four columns of a panel with two elements of a row of X. */
@inline
function addProducts(x: v128, weights: v128, sum: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(x, weights));
}

function tile2x16(
  x0: usize, x1: usize, scaleAt: i32, panel: usize, scales: usize, c0: usize, c1: usize,
  pairs: i32, count: i32, accumulate: bool,
): void {
  const scale0 = v128.load32_splat(x0 + scaleAt);
  const scale1 = v128.load32_splat(x1 + scaleAt);
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c02 = i32x4.splat(0);
  let c03 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c12 = i32x4.splat(0);
  let c13 = i32x4.splat(0);
  for (let k = 0; k < pairs; k++) {
    const left = v128.load32_splat(x0);
    const right = v128.load32_splat(x1);
    const b0 = v128.load_ext<i8>(panel);
    const b1 = v128.load_ext<i8>(panel, 8);
    const b2 = v128.load_ext<i8>(panel, 16);
    const b3 = v128.load_ext<i8>(panel, 24);
    c00 = addProducts(left, b0, c00);
    c01 = addProducts(left, b1, c01);
    c02 = addProducts(left, b2, c02);
    c03 = addProducts(left, b3, c03);
    c10 = addProducts(right, b0, c10);
    c11 = addProducts(right, b1, c11);
    c12 = addProducts(right, b2, c12);
    c13 = addProducts(right, b3, c13);
    x0 += 4;
    x1 += 4;
    panel += 2 * PANEL;
  }
  storeRow(c0, c00, c01, c02, c03, scale0, scales, count, accumulate);
  storeRow(c1, c10, c11, c12, c13, scale1, scales, count, accumulate);
}

function tile1x16(
  x: usize, scaleAt: i32, panel: usize, scales: usize, c: usize, pairs: i32, count: i32, accumulate: bool,
): void {
  const scale = v128.load32_splat(x + scaleAt);
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  for (let k = 0; k < pairs; k++) {
    const two = v128.load32_splat(x);
    c0 = addProducts(two, v128.load_ext<i8>(panel), c0);
    c1 = addProducts(two, v128.load_ext<i8>(panel, 8), c1);
    c2 = addProducts(two, v128.load_ext<i8>(panel, 16), c2);
    c3 = addProducts(two, v128.load_ext<i8>(panel, 24), c3);
    x += 4;
    panel += 2 * PANEL;
  }
  storeRow(c, c0, c1, c2, c3, scale, scales, count, accumulate);
}

/** Two panels side by side, because with four sums only each addition would wait for the one before. */
function tile1x32(
  x: usize, scaleAt: i32, panel: usize, next: usize, scales: usize, c: usize, pairs: i32, count: i32, accumulate: bool,
): void {
  const scale = v128.load32_splat(x + scaleAt);
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  let c4 = i32x4.splat(0);
  let c5 = i32x4.splat(0);
  let c6 = i32x4.splat(0);
  let c7 = i32x4.splat(0);
  for (let k = 0; k < pairs; k++) {
    const two = v128.load32_splat(x);
    c0 = addProducts(two, v128.load_ext<i8>(panel), c0);
    c1 = addProducts(two, v128.load_ext<i8>(panel, 8), c1);
    c2 = addProducts(two, v128.load_ext<i8>(panel, 16), c2);
    c3 = addProducts(two, v128.load_ext<i8>(panel, 24), c3);
    // Never true. The branch stops V8 from hoisting all eight loads, which would spill registers.
    if (next == 0) break;
    c4 = addProducts(two, v128.load_ext<i8>(next), c4);
    c5 = addProducts(two, v128.load_ext<i8>(next, 8), c5);
    c6 = addProducts(two, v128.load_ext<i8>(next, 16), c6);
    c7 = addProducts(two, v128.load_ext<i8>(next, 24), c7);
    x += 4;
    panel += 2 * PANEL;
    next += 2 * PANEL;
  }
  storeRow(c, c0, c1, c2, c3, scale, scales, count, accumulate);
  storeRow(at(c, PANEL), c4, c5, c6, c7, scale, at(scales, PANEL), count - PANEL, accumulate);
}

/** The first `count` of 16 columns of a row: the sums times both scales. */
@inline
function storeRow(
  c: usize, s0: v128, s1: v128, s2: v128, s3: v128, scale: v128, scales: usize, count: i32, accumulate: bool,
): void {
  storeSums(c, s0, scale, scales, count, accumulate);
  storeSums(at(c, 4), s1, scale, at(scales, 4), count - 4, accumulate);
  storeSums(at(c, 8), s2, scale, at(scales, 8), count - 8, accumulate);
  storeSums(at(c, 12), s3, scale, at(scales, 12), count - 12, accumulate);
}

@inline
function storeSums(c: usize, sums: v128, scale: v128, scales: usize, count: i32, accumulate: bool): void {
  let y = f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.mul(scale, v128.load(scales)));
  if (accumulate) y = f32x4.add(y, v128.load(c));
  storeLanes(c, y, count);
}
