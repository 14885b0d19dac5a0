/* Element by element. The numbers of the operations are the positions of their names in src/elementwise.ts. */
import { exp, log, sigmoid, softplus, tanh } from './math';
import { at, splat, storeLanes } from './vector';

@inline
function applyUnary(op: i32, x: v128): v128 {
  if (op == 0) return exp(x);
  if (op == 1) return log(x);
  if (op == 2) return f32x4.sqrt(x);
  if (op == 3) return f32x4.abs(x);
  if (op == 4) return f32x4.max(x, splat(0));
  if (op == 5) return sigmoid(x);
  if (op == 6) return tanh(x);
  if (op == 7) return softplus(x);
  return v128.and(f32x4.gt(x, splat(0)), splat(1));
}

/** A loop for one operation, known when this is compiled. */
@inline
function mapUnary(op: i32, x: usize, y: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    storeLanes(y, applyUnary(op, v128.load(x)), size - i);
    x += 16;
    y += 16;
  }
}

/** y = op(x), `size` elements: exp, log, sqrt, abs, relu, sigmoid, tanh, softplus, step. */
export function unary(op: i32, x: usize, y: usize, size: i32): void {
  switch (op) {
    case 0:
      return mapUnary(0, x, y, size);
    case 1:
      return mapUnary(1, x, y, size);
    case 2:
      return mapUnary(2, x, y, size);
    case 3:
      return mapUnary(3, x, y, size);
    case 4:
      return mapUnary(4, x, y, size);
    case 5:
      return mapUnary(5, x, y, size);
    case 6:
      return mapUnary(6, x, y, size);
    case 7:
      return mapUnary(7, x, y, size);
    default:
      return mapUnary(8, x, y, size);
  }
}

@inline
function applyBinary(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f32x4.add(a, b);
  if (op == 1) return f32x4.sub(a, b);
  if (op == 2) return f32x4.mul(a, b);
  if (op == 3) return f32x4.div(a, b);
  if (op == 4) return f32x4.max(a, b);
  return f32x4.min(a, b);
}

/** Four elements from i on of a row, or four times its only one where the row is broadcast. */
@inline
function loadBroadcast(row: usize, i: i32, step: i32): v128 {
  return step == 0 ? v128.load32_splat(row) : v128.load(at(row, i));
}

@inline
function mapBinary(
  op: i32,
  a: usize, aRow: i32, aStep: i32,
  b: usize, bRow: i32, bStep: i32,
  y: usize, rows: i32, columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i += 4) {
      const result = applyBinary(op, loadBroadcast(a, i, aStep), loadBroadcast(b, i, bStep));
      storeLanes(at(y, i), result, columns - i);
    }
    a = at(a, aRow);
    b = at(b, bRow);
    y = at(y, columns);
  }
}

/**
 * y [rows, columns] = a op b: add, sub, mul, div, maximum, minimum. Rows of `a` are `aRow` apart (0: one row for all),
 * its columns `aStep` (1, or 0: one column for all); `b` likewise.
 */
export function binary(
  op: i32,
  a: usize, aRow: i32, aStep: i32,
  b: usize, bRow: i32, bStep: i32,
  y: usize, rows: i32, columns: i32,
): void {
  switch (op) {
    case 0:
      return mapBinary(0, a, aRow, aStep, b, bRow, bStep, y, rows, columns);
    case 1:
      return mapBinary(1, a, aRow, aStep, b, bRow, bStep, y, rows, columns);
    case 2:
      return mapBinary(2, a, aRow, aStep, b, bRow, bStep, y, rows, columns);
    case 3:
      return mapBinary(3, a, aRow, aStep, b, bRow, bStep, y, rows, columns);
    case 4:
      return mapBinary(4, a, aRow, aStep, b, bRow, bStep, y, rows, columns);
    default:
      return mapBinary(5, a, aRow, aStep, b, bRow, bStep, y, rows, columns);
  }
}

/** y [rows, columns] = a where the condition is not zero (NaN is not), else b; broadcast as in {@link binary}. */
export function select(
  condition: usize, conditionRow: i32, conditionStep: i32,
  a: usize, aRow: i32, aStep: i32,
  b: usize, bRow: i32, bStep: i32,
  y: usize, rows: i32, columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i += 4) {
      const isZero = f32x4.eq(loadBroadcast(condition, i, conditionStep), splat(0));
      const result = v128.bitselect(loadBroadcast(b, i, bStep), loadBroadcast(a, i, aStep), isZero);
      storeLanes(at(y, i), result, columns - i);
    }
    condition = at(condition, conditionRow);
    a = at(a, aRow);
    b = at(b, bRow);
    y = at(y, columns);
  }
}

/** y = x · scale + shift */
export function affine(x: usize, scale: f32, shift: f32, y: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    storeLanes(y, f32x4.add(f32x4.mul(v128.load(x), splat(scale)), splat(shift)), size - i);
    x += 16;
    y += 16;
  }
}

/** y = value everywhere. */
export function fill(y: usize, value: f32, size: i32): void {
  for (let i = 0; i < size; i += 4) storeLanes(at(y, i), splat(value), size - i);
}

/** Every row of y [rows, columns] = x [columns]. */
export function fillRows(x: usize, y: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    memory.copy(y, x, <usize>columns << 2);
    y = at(y, columns);
  }
}
