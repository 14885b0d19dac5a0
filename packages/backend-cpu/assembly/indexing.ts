/* Rows by their numbers. A number that names no row would reach foreign memory, so each is checked. */
import { at, storeLanes } from './vector';

/** Row number `index` as an integer, or -1 if there is no such row. */
export function rowNumber(index: f32, rows: i32): i32 {
  const inside = index >= 0 && index < <f32>rows && floor<f32>(index) == index;
  return inside ? <i32>index : -1;
}

/** y [count, width] = the rows of table [rows, width] named by indices. Returns the first bad index's place, or -1. */
export function gather(table: usize, indices: usize, y: usize, rows: i32, width: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const row = rowNumber(load<f32>(at(indices, i)), rows);
    if (row < 0) return i;
    memory.copy(at(y, i * width), at(table, row * width), <usize>width << 2);
  }
  return -1;
}

/** Adds row i of x [count, width] to the row of y [rows, width] named by index i. Returns as {@link gather}. */
export function scatterAdd(indices: usize, x: usize, y: usize, rows: i32, width: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const row = rowNumber(load<f32>(at(indices, i)), rows);
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
