/* Element-wise operations. `op` is a member of Unary or Binary. */
import { Binary, Unary } from './abi.generated';
import { exp, log, sigmoid, softplus, tanh } from './math';
import { at, splat, storeLanes } from './vector';

@inline
function applyUnary(op: i32, x: v128): v128 {
  if (op == Unary.exp) return exp(x);
  if (op == Unary.log) return log(x);
  if (op == Unary.sqrt) return f32x4.sqrt(x);
  if (op == Unary.abs) return f32x4.abs(x);
  if (op == Unary.relu) return f32x4.max(x, splat(0));
  if (op == Unary.sigmoid) return sigmoid(x);
  if (op == Unary.tanh) return tanh(x);
  if (op == Unary.softplus) return softplus(x);
  return v128.and(f32x4.gt(x, splat(0)), splat(1));
}

/** One loop for each operation: `op` is a constant where this is inlined. */
@inline
function mapUnary(op: i32, x: usize, y: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    storeLanes(y, applyUnary(op, v128.load(x)), size - i);
    x += 16;
    y += 16;
  }
}

/** y [size] = op(x) */
export function unary(op: i32, x: usize, y: usize, size: i32): void {
  switch (op) {
    case Unary.exp:
      return mapUnary(Unary.exp, x, y, size);
    case Unary.log:
      return mapUnary(Unary.log, x, y, size);
    case Unary.sqrt:
      return mapUnary(Unary.sqrt, x, y, size);
    case Unary.abs:
      return mapUnary(Unary.abs, x, y, size);
    case Unary.relu:
      return mapUnary(Unary.relu, x, y, size);
    case Unary.sigmoid:
      return mapUnary(Unary.sigmoid, x, y, size);
    case Unary.tanh:
      return mapUnary(Unary.tanh, x, y, size);
    case Unary.softplus:
      return mapUnary(Unary.softplus, x, y, size);
    default:
      return mapUnary(Unary.step, x, y, size);
  }
}

@inline
function applyBinary(op: i32, a: v128, b: v128): v128 {
  if (op == Binary.add) return f32x4.add(a, b);
  if (op == Binary.sub) return f32x4.sub(a, b);
  if (op == Binary.mul) return f32x4.mul(a, b);
  if (op == Binary.div) return f32x4.div(a, b);
  if (op == Binary.maximum) return f32x4.max(a, b);
  return f32x4.min(a, b);
}

/** Four elements of a row from i on, or its first one four times if the stride is 0. */
@inline
function loadBroadcast(row: usize, i: i32, stride: i32): v128 {
  return stride == 0 ? v128.load32_splat(row) : v128.load(at(row, i));
}

@inline
function mapBinary(
  op: i32,
  a: usize, aRowStride: i32, aColumnStride: i32,
  b: usize, bRowStride: i32, bColumnStride: i32,
  y: usize, rows: i32, columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i += 4) {
      const result = applyBinary(op, loadBroadcast(a, i, aColumnStride), loadBroadcast(b, i, bColumnStride));
      storeLanes(at(y, i), result, columns - i);
    }
    a = at(a, aRowStride);
    b = at(b, bRowStride);
    y = at(y, columns);
  }
}

/**
 * y [rows, columns] = a op b. The row strides of a and b are any, with 0 to broadcast one row to all; their column strides
 * are 1, or 0 to broadcast one column to all.
 */
export function binary(
  op: i32,
  a: usize, aRowStride: i32, aColumnStride: i32,
  b: usize, bRowStride: i32, bColumnStride: i32,
  y: usize, rows: i32, columns: i32,
): void {
  switch (op) {
    case Binary.add:
      return mapBinary(Binary.add, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, y, rows, columns);
    case Binary.sub:
      return mapBinary(Binary.sub, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, y, rows, columns);
    case Binary.mul:
      return mapBinary(Binary.mul, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, y, rows, columns);
    case Binary.div:
      return mapBinary(Binary.div, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, y, rows, columns);
    case Binary.maximum:
      return mapBinary(Binary.maximum, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, y, rows, columns);
    default:
      return mapBinary(Binary.minimum, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, y, rows, columns);
  }
}

/** y [rows, columns] = a where the condition is not 0 (NaN is not 0), else b. Broadcasts like {@link binary}. */
export function select(
  condition: usize, conditionRowStride: i32, conditionColumnStride: i32,
  a: usize, aRowStride: i32, aColumnStride: i32,
  b: usize, bRowStride: i32, bColumnStride: i32,
  y: usize, rows: i32, columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i += 4) {
      const isZero = f32x4.eq(loadBroadcast(condition, i, conditionColumnStride), splat(0));
      const result = v128.bitselect(loadBroadcast(b, i, bColumnStride), loadBroadcast(a, i, aColumnStride), isZero);
      storeLanes(at(y, i), result, columns - i);
    }
    condition = at(condition, conditionRowStride);
    a = at(a, aRowStride);
    b = at(b, bRowStride);
    y = at(y, columns);
  }
}

/** y [size] = x · scale + shift */
export function affine(x: usize, scale: f32, shift: f32, y: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    storeLanes(y, f32x4.add(f32x4.mul(v128.load(x), splat(scale)), splat(shift)), size - i);
    x += 16;
    y += 16;
  }
}

/** y [size] = value */
export function fill(y: usize, value: f32, size: i32): void {
  for (let i = 0; i < size; i += 4) storeLanes(at(y, i), splat(value), size - i);
}
