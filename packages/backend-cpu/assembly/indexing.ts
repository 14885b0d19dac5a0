/* Reads and writes rows by index. Every index is checked, because a wrong one would reach memory outside the array. */
import { at, storeLanes } from './vector';

/** The index as an integer, or -1 if it is not a whole number from 0 to rows − 1. */
export function rowIndex(index: f32, rows: i32): i32 {
  const inside = index >= 0 && index < <f32>rows && floor<f32>(index) == index;
  return inside ? <i32>index : -1;
}

/** The position of the first of x [count] that is not a whole number from 0 to `end` − 1; -1 if there is none. */
export function firstInvalidIndex(x: usize, count: i32, end: i32): i32 {
  for (let i = 0; i < count; i++) if (rowIndex(load<f32>(at(x, i)), end) < 0) return i;
  return -1;
}

/**
 * y [count, width] = the rows of table [rows, width] at indices [count].
 * @returns the position of the first invalid index, or -1 if all are valid
 */
export function gather(table: usize, indices: usize, y: usize, rows: i32, width: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const row = rowIndex(load<f32>(at(indices, i)), rows);
    if (row < 0) return i;
    memory.copy(at(y, i * width), at(table, row * width), <usize>width << 2);
  }
  return -1;
}

/** Adds row i of x [count, width] to row indices[i] of y [rows, width]. Returns the same as {@link gather}. */
export function scatterAdd(indices: usize, x: usize, y: usize, rows: i32, width: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const row = rowIndex(load<f32>(at(indices, i)), rows);
    if (row < 0) return i;
    const target = at(y, row * width);
    for (let j = 0; j < width; j += 4) {
      const total = f32x4.add(v128.load(at(target, j)), v128.load(at(x, j)));
      storeLanes(at(target, j), total, width - j);
    }
    x = at(x, width);
  }
  return -1;
}
