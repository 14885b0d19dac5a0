/* Moving elements: what transpose, slice, concat and the broadcasting of an operand have in common. */
import { at } from './vector';

/**
 * to[i, j, k, l] = from[i, j, k, l] over the sizes n0 to n3; `from0` to `from3` and `to0` to `to3` say how far apart
 * neighbours along each axis are. A distance of 0 repeats the element.
 */
export function copy(
  from: usize, from0: i32, from1: i32, from2: i32, from3: i32,
  to: usize, to0: i32, to1: i32, to2: i32, to3: i32,
  n0: i32, n1: i32, n2: i32, n3: i32,
): void {
  const together = from3 == 1 && to3 == 1;
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        const source = at(from, i * from0 + j * from1 + k * from2);
        const target = at(to, i * to0 + j * to1 + k * to2);
        if (together) copyTogether(source, target, n3);
        else copyApart(source, from3, target, to3, n3);
      }
    }
  }
}

@inline
function copyTogether(from: usize, to: usize, size: i32): void {
  if (size >= 64) return memory.copy(to, from, <usize>size << 2);
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < size; i++) store<f32>(at(to, i), load<f32>(at(from, i)));
}

@inline
function copyApart(from: usize, fromStep: i32, to: usize, toStep: i32, size: i32): void {
  for (let i = 0; i < size; i++) store<f32>(at(to, i * toStep), load<f32>(at(from, i * fromStep)));
}

/** to [columns, rows] = from [rows, columns] transposed; rows are `fromRow` and `toRow` apart. */
export function transpose(from: usize, fromRow: i32, to: usize, toRow: i32, rows: i32, columns: i32): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const x0 = at(from, row * fromRow);
    const x1 = at(x0, fromRow);
    const x2 = at(x1, fromRow);
    const x3 = at(x2, fromRow);
    const y = at(to, row);
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      const a = v128.load(at(x0, column));
      const b = v128.load(at(x1, column));
      const c = v128.load(at(x2, column));
      const d = v128.load(at(x3, column));
      // a0 b0 a1 b1, a2 b2 a3 b3, and c, d alike; then pairs.
      const abLow = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const abHigh = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const cdLow = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const cdHigh = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const y0 = at(y, column * toRow);
      const y1 = at(y0, toRow);
      const y2 = at(y1, toRow);
      v128.store(y0, i64x2.shuffle(abLow, cdLow, 0, 2));
      v128.store(y1, i64x2.shuffle(abLow, cdLow, 1, 3));
      v128.store(y2, i64x2.shuffle(abHigh, cdHigh, 0, 2));
      v128.store(at(y2, toRow), i64x2.shuffle(abHigh, cdHigh, 1, 3));
    }
    for (; column < columns; column++) {
      const y0 = at(y, column * toRow);
      store<f32>(y0, load<f32>(at(x0, column)));
      store<f32>(y0, load<f32>(at(x1, column)), 4);
      store<f32>(y0, load<f32>(at(x2, column)), 8);
      store<f32>(y0, load<f32>(at(x3, column)), 12);
    }
  }
  for (; row < rows; row++) copyApart(at(from, row * fromRow), 1, at(to, row), toRow, columns);
}
