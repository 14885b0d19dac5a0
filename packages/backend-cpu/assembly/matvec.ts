/* A single row times a matrix that is not packed, because packing would cost more than the product. */
import { at, firstLanes, laneSum, laneSums, loadLanes, multiplyAdd, splat, storeLanes } from './vector';

/** c [n] = a [k] · B [k, n], or c + a · B. `aStride` is the stride of the elements of a. */
export function rowTimesMatrix(
  a: usize, aStride: i32, b: usize, bRowStride: i32, c: usize, n: i32, k: i32, accumulate: bool,
): void {
  if (!accumulate) memory.fill(c, 0, <usize>n << 2);
  let inner = 0;
  // Four rows of B at a time, so that c is loaded and stored a quarter as often.
  for (; inner + 4 <= k; inner += 4) {
    const x0 = v128.load32_splat(at(a, inner * aStride));
    const x1 = v128.load32_splat(at(a, (inner + 1) * aStride));
    const x2 = v128.load32_splat(at(a, (inner + 2) * aStride));
    const x3 = v128.load32_splat(at(a, (inner + 3) * aStride));
    const b0 = at(b, inner * bRowStride);
    const b1 = at(b0, bRowStride);
    const b2 = at(b1, bRowStride);
    const b3 = at(b2, bRowStride);
    let i = 0;
    for (; i + 8 <= n; i += 8) {
      const y = at(c, i);
      const p0 = at(b0, i);
      const p1 = at(b1, i);
      const p2 = at(b2, i);
      const p3 = at(b3, i);
      let left = multiplyAdd(x0, v128.load(p0), v128.load(y));
      let right = multiplyAdd(x0, v128.load(p0, 16), v128.load(y, 16));
      left = multiplyAdd(x1, v128.load(p1), left);
      right = multiplyAdd(x1, v128.load(p1, 16), right);
      left = multiplyAdd(x2, v128.load(p2), left);
      right = multiplyAdd(x2, v128.load(p2, 16), right);
      left = multiplyAdd(x3, v128.load(p3), left);
      right = multiplyAdd(x3, v128.load(p3, 16), right);
      v128.store(y, left);
      v128.store(y, right, 16);
    }
    for (; i < n; i += 4) {
      let y = v128.load(at(c, i));
      y = multiplyAdd(x0, v128.load(at(b0, i)), y);
      y = multiplyAdd(x1, v128.load(at(b1, i)), y);
      y = multiplyAdd(x2, v128.load(at(b2, i)), y);
      y = multiplyAdd(x3, v128.load(at(b3, i)), y);
      storeLanes(at(c, i), y, n - i);
    }
  }
  for (; inner < k; inner++) {
    const x = v128.load32_splat(at(a, inner * aStride));
    const row = at(b, inner * bRowStride);
    for (let i = 0; i < n; i += 4) {
      storeLanes(at(c, i), multiplyAdd(x, v128.load(at(row, i)), v128.load(at(c, i))), n - i);
    }
  }
}

/** c [n] = a [k] · Bᵀ, or c + a · Bᵀ, with B [n, k]: one dot product for each element of c, eight or four at a time. */
export function rowTimesTransposed(a: usize, b: usize, bRowStride: i32, c: usize, n: i32, k: i32, accumulate: bool): void {
  let i = 0;
  for (; i + 8 <= n; i += 8) eightProducts(a, at(b, i * bRowStride), bRowStride, at(c, i), k, accumulate);
  for (; i + 4 <= n; i += 4) {
    const b0 = at(b, i * bRowStride);
    const b1 = at(b0, bRowStride);
    const b2 = at(b1, bRowStride);
    const b3 = at(b2, bRowStride);
    let sum0 = splat(0);
    let sum1 = splat(0);
    let sum2 = splat(0);
    let sum3 = splat(0);
    for (let inner = 0; inner < k; inner += 4) {
      const x = loadLanes(at(a, inner), k - inner, splat(0));
      sum0 = multiplyAdd(x, loadLanes(at(b0, inner), k - inner, splat(0)), sum0);
      sum1 = multiplyAdd(x, loadLanes(at(b1, inner), k - inner, splat(0)), sum1);
      sum2 = multiplyAdd(x, loadLanes(at(b2, inner), k - inner, splat(0)), sum2);
      sum3 = multiplyAdd(x, loadLanes(at(b3, inner), k - inner, splat(0)), sum3);
    }
    storeSums(at(c, i), laneSums(sum0, sum1, sum2, sum3), accumulate);
  }
  for (; i < n; i++) {
    const row = at(b, i * bRowStride);
    let sum = splat(0);
    for (let inner = 0; inner < k; inner += 4) {
      const x = loadLanes(at(a, inner), k - inner, splat(0));
      sum = multiplyAdd(x, loadLanes(at(row, inner), k - inner, splat(0)), sum);
    }
    const before: f32 = accumulate ? load<f32>(at(c, i)) : 0;
    store<f32>(at(c, i), before + laneSum(sum));
  }
}

/**
 * Eight elements of {@link rowTimesTransposed}: with four sums only, each addition would wait for the one before. The never-taken
 * branches stop V8 from hoisting all loads, which would spill registers.
 */
function eightProducts(a: usize, rows: usize, bRowStride: i32, c: usize, k: i32, accumulate: bool): void {
  const stride = <usize>bRowStride << 2;
  let sum0 = splat(0);
  let sum1 = splat(0);
  let sum2 = splat(0);
  let sum3 = splat(0);
  let sum4 = splat(0);
  let sum5 = splat(0);
  let sum6 = splat(0);
  let sum7 = splat(0);
  const end = at(a, k & ~7);
  for (; a < end; a += 32) {
    const x0 = v128.load(a);
    const x1 = v128.load(a, 16);
    let row = rows;
    sum0 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum0));
    row += stride;
    sum1 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum1));
    row += stride;
    if (row == 0) break;
    sum2 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum2));
    row += stride;
    sum3 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum3));
    row += stride;
    if (row == 0) break;
    sum4 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum4));
    row += stride;
    sum5 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum5));
    row += stride;
    if (row == 0) break;
    sum6 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum6));
    row += stride;
    sum7 = multiplyAdd(x1, v128.load(row, 16), multiplyAdd(x0, v128.load(row), sum7));
    rows += 32;
  }
  for (let i = k & ~7; i < k; i += 4) {
    // Both factors, because what follows the end of a row may be NaN.
    const mask = firstLanes(k - i);
    const x = v128.and(v128.load(a), mask);
    let row = rows;
    sum0 = multiplyAdd(x, v128.and(v128.load(row), mask), sum0);
    row += stride;
    sum1 = multiplyAdd(x, v128.and(v128.load(row), mask), sum1);
    row += stride;
    sum2 = multiplyAdd(x, v128.and(v128.load(row), mask), sum2);
    row += stride;
    sum3 = multiplyAdd(x, v128.and(v128.load(row), mask), sum3);
    row += stride;
    sum4 = multiplyAdd(x, v128.and(v128.load(row), mask), sum4);
    row += stride;
    sum5 = multiplyAdd(x, v128.and(v128.load(row), mask), sum5);
    row += stride;
    sum6 = multiplyAdd(x, v128.and(v128.load(row), mask), sum6);
    row += stride;
    sum7 = multiplyAdd(x, v128.and(v128.load(row), mask), sum7);
    a += 16;
    rows += 16;
  }
  storeSums(c, laneSums(sum0, sum1, sum2, sum3), accumulate);
  storeSums(c + 16, laneSums(sum4, sum5, sum6, sum7), accumulate);
}

/** Four elements of c = sums, or c + sums. */
@inline
function storeSums(c: usize, sums: v128, accumulate: bool): void {
  v128.store(c, accumulate ? f32x4.add(v128.load(c), sums) : sums);
}
