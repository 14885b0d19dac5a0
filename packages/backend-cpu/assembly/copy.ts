/* Strided copies, for transpose, slice, concat and operands that are broadcast. */
import { at } from './vector';

/** to [n0, n1, n2, n3] = from [n0, n1, n2, n3], each with a stride for every axis. A stride of 0 repeats an element. */
export function copy(
  from: usize, fromStride0: i32, fromStride1: i32, fromStride2: i32, fromStride3: i32,
  to: usize, toStride0: i32, toStride1: i32, toStride2: i32, toStride3: i32,
  n0: i32, n1: i32, n2: i32, n3: i32,
): void {
  // Where the rows of one are columns of the other, blocks of 4 × 4 are transposed.
  if (toStride3 == 1 && fromStride3 != 1) {
    if (fromStride2 == 1) {
      return transposeAll(from, fromStride0, fromStride1, fromStride3, to, toStride0, toStride1, toStride2, n0, n1, n3, n2);
    }
    if (fromStride1 == 1) {
      return transposeAll(from, fromStride0, fromStride2, fromStride3, to, toStride0, toStride2, toStride1, n0, n2, n3, n1);
    }
    if (fromStride0 == 1) {
      return transposeAll(from, fromStride1, fromStride2, fromStride3, to, toStride1, toStride2, toStride0, n1, n2, n3, n0);
    }
  }
  const contiguous = fromStride3 == 1 && toStride3 == 1;
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        const source = at(from, i * fromStride0 + j * fromStride1 + k * fromStride2);
        const target = at(to, i * toStride0 + j * toStride1 + k * toStride2);
        if (contiguous) copyContiguous(source, target, n3);
        else copyStrided(source, fromStride3, target, toStride3, n3);
      }
    }
  }
}

/** to [size] = from [size] */
@inline
function copyContiguous(from: usize, to: usize, size: i32): void {
  if (size >= 64) return memory.copy(to, from, <usize>size << 2);
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < size; i++) store<f32>(at(to, i), load<f32>(at(from, i)));
}

/** to [size] = from [size], with a stride each. */
@inline
function copyStrided(from: usize, fromStride: i32, to: usize, toStride: i32, size: i32): void {
  for (let i = 0; i < size; i++) store<f32>(at(to, i * toStride), load<f32>(at(from, i * fromStride)));
}

/** {@link transpose}, of n0 · n1 matrices. */
function transposeAll(
  from: usize, fromStride0: i32, fromStride1: i32, fromRowStride: i32,
  to: usize, toStride0: i32, toStride1: i32, toRowStride: i32,
  n0: i32, n1: i32, rows: i32, columns: i32,
): void {
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      const source = at(from, i * fromStride0 + j * fromStride1);
      transpose(source, fromRowStride, at(to, i * toStride0 + j * toStride1), toRowStride, rows, columns);
    }
  }
}

/** to [columns, rows] = from [rows, columns], transposed. */
export function transpose(from: usize, fromRowStride: i32, to: usize, toRowStride: i32, rows: i32, columns: i32): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const x0 = at(from, row * fromRowStride);
    const x1 = at(x0, fromRowStride);
    const x2 = at(x1, fromRowStride);
    const x3 = at(x2, fromRowStride);
    const y = at(to, row);
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      const a = v128.load(at(x0, column));
      const b = v128.load(at(x1, column));
      const c = v128.load(at(x2, column));
      const d = v128.load(at(x3, column));
      // First a0 b0 a1 b1 and a2 b2 a3 b3, and the same for c and d; then a0 b0 c0 d0, and so on.
      const abLow = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const abHigh = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const cdLow = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const cdHigh = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const y0 = at(y, column * toRowStride);
      const y1 = at(y0, toRowStride);
      const y2 = at(y1, toRowStride);
      v128.store(y0, i64x2.shuffle(abLow, cdLow, 0, 2));
      v128.store(y1, i64x2.shuffle(abLow, cdLow, 1, 3));
      v128.store(y2, i64x2.shuffle(abHigh, cdHigh, 0, 2));
      v128.store(at(y2, toRowStride), i64x2.shuffle(abHigh, cdHigh, 1, 3));
    }
    for (; column < columns; column++) {
      const y0 = at(y, column * toRowStride);
      store<f32>(y0, load<f32>(at(x0, column)));
      store<f32>(y0, load<f32>(at(x1, column)), 4);
      store<f32>(y0, load<f32>(at(x2, column)), 8);
      store<f32>(y0, load<f32>(at(x3, column)), 12);
    }
  }
  for (; row < rows; row++) copyStrided(at(from, row * fromRowStride), 1, at(to, row), toRowStride, columns);
}
