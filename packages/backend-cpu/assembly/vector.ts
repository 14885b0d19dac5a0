/*
 * Vectors of four float32 lanes, with functions that load and store the last one to three elements of an
 * array.
 */

/** x in every lane. */
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** x · y + z. Rounded once with relaxed SIMD on a processor that has a fused multiply-add, else twice. */
@inline
export function multiplyAdd(x: v128, y: v128, z: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(x, y, z) : f32x4.add(z, f32x4.mul(x, y));
}

/** z − x · y, rounded like {@link multiplyAdd}. */
@inline
export function multiplySubtract(x: v128, y: v128, z: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(x, y, z) : f32x4.sub(z, f32x4.mul(x, y));
}

/** A mask of the first `count` lanes. */
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Four elements; those from number `count` on are replaced with `filler`. */
@inline
export function loadLanes(p: usize, count: i32, filler: v128): v128 {
  const x = v128.load(p);
  return count >= 4 ? x : v128.bitselect(x, filler, firstLanes(count));
}

/** Stores the first `count` lanes, or all four if `count` is larger. */
@inline
export function storeLanes(p: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(p, x);
  else storeFirst(p, x, count);
}

/** Stores the first `count` lanes, fewer than four, one by one. */
function storeFirst(p: usize, x: v128, count: i32): void {
  for (let lane = 0; lane < count; lane++) {
    store<f32>(p, f32x4.extract_lane(x, 0));
    x = i8x16.shuffle(x, x, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
    p += 4;
  }
}

/** The last lane of x, and the first three of y: the elements before those of y, if x is the vector before it. */
@inline
export function previousLanes(x: v128, y: v128): v128 {
  return v128.shuffle<f32>(x, y, 3, 4, 5, 6);
}

/** The last three lanes of x, and the first of y: the elements after those of x, if y is the vector after it. */
@inline
export function nextLanes(x: v128, y: v128): v128 {
  return v128.shuffle<f32>(x, y, 1, 2, 3, 4);
}

/** The sum of the lanes. */
@inline
export function laneSum(x: v128): f32 {
  const pairs = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The sums of the lanes of four vectors. */
@inline
export function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  // a0 + a2, b0 + b2, a1 + a3, b1 + b3; and the same of c and d.
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The largest lane; NaN if a lane is NaN. */
@inline
export function laneMax(x: v128): f32 {
  const pairs = f32x4.max(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** The address of element i of a float32 array. */
@inline
export function at(array: usize, i: i32): usize {
  return array + (<usize>i << 2);
}
