/*
 * The innermost loops of the matrix product: one or two rows of A times one or two panels of B, [depth, 16] each, whose rows
 * are `rowStride` apart. Inside the loop everything is in registers: two rows of four vectors of C, one row of the panel, one
 * element of each row of A. The loop is not unrolled by hand, because V8 would hoist all loads and spill registers. It counts
 * with the address of the row of A, because a counter would cost another addition in each iteration.
 */
import { at, multiplyAdd } from './vector';

/** C [2, 16] = A [2, depth] · panel [depth, 16] + the rows at `addend0` and `addend1`, or nothing where these are 0. */
export function tile2x16(
  a0: usize, a1: usize, panel: usize, rowStride: i32, c0: usize, c1: usize, depth: i32, addend0: usize, addend1: usize,
): void {
  const end = at(a0, depth);
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c02 = f32x4.splat(0);
  let c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c12 = f32x4.splat(0);
  let c13 = f32x4.splat(0);
  while (a0 < end) {
    const x0 = v128.load32_splat(a0);
    const x1 = v128.load32_splat(a1);
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const b2 = v128.load(panel, 32);
    const b3 = v128.load(panel, 48);
    c00 = multiplyAdd(x0, b0, c00);
    c01 = multiplyAdd(x0, b1, c01);
    c02 = multiplyAdd(x0, b2, c02);
    c03 = multiplyAdd(x0, b3, c03);
    c10 = multiplyAdd(x1, b0, c10);
    c11 = multiplyAdd(x1, b1, c11);
    c12 = multiplyAdd(x1, b2, c12);
    c13 = multiplyAdd(x1, b3, c13);
    a0 += 4;
    a1 += 4;
    panel = at(panel, rowStride);
  }
  storeRow(c0, c00, c01, c02, c03, addend0);
  storeRow(c1, c10, c11, c12, c13, addend1);
}

/** C [1, 16] = A [1, depth] · panel [depth, 16] + the row at `addend`, or nothing if it is 0. */
export function tile1x16(a: usize, panel: usize, rowStride: i32, c: usize, depth: i32, addend: usize): void {
  const end = at(a, depth);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  while (a < end) {
    const x = v128.load32_splat(a);
    c0 = multiplyAdd(x, v128.load(panel), c0);
    c1 = multiplyAdd(x, v128.load(panel, 16), c1);
    c2 = multiplyAdd(x, v128.load(panel, 32), c2);
    c3 = multiplyAdd(x, v128.load(panel, 48), c3);
    a += 4;
    panel = at(panel, rowStride);
  }
  storeRow(c, c0, c1, c2, c3, addend);
}

/**
 * C [1, 32] = A [1, depth] · two panels [depth, 16] side by side + the row at `addend`, or nothing if it is 0. Two panels,
 * because with four sums only each addition would wait for the one before.
 */
export function tile1x32(
  a: usize, panel: usize, next: usize, rowStride: i32, c: usize, depth: i32, addend: usize,
): void {
  const end = at(a, depth);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0);
  let c7 = f32x4.splat(0);
  while (a < end) {
    const x = v128.load32_splat(a);
    c0 = multiplyAdd(x, v128.load(panel), c0);
    c1 = multiplyAdd(x, v128.load(panel, 16), c1);
    c2 = multiplyAdd(x, v128.load(panel, 32), c2);
    c3 = multiplyAdd(x, v128.load(panel, 48), c3);
    // Never true. The branch stops V8 from hoisting all eight loads, which would spill registers.
    if (next == 0) break;
    c4 = multiplyAdd(x, v128.load(next), c4);
    c5 = multiplyAdd(x, v128.load(next, 16), c5);
    c6 = multiplyAdd(x, v128.load(next, 32), c6);
    c7 = multiplyAdd(x, v128.load(next, 48), c7);
    a += 4;
    panel = at(panel, rowStride);
    next = at(next, rowStride);
  }
  storeRow(c, c0, c1, c2, c3, addend);
  storeRow(c + 64, c4, c5, c6, c7, addend ? addend + 64 : 0);
}

@inline
function storeRow(c: usize, x0: v128, x1: v128, x2: v128, x3: v128, addend: usize): void {
  if (addend) {
    x0 = f32x4.add(x0, v128.load(addend));
    x1 = f32x4.add(x1, v128.load(addend, 16));
    x2 = f32x4.add(x2, v128.load(addend, 32));
    x3 = f32x4.add(x3, v128.load(addend, 48));
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c, x2, 32);
  v128.store(c, x3, 48);
}
