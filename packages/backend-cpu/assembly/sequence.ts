/*
 * What the recurrent cells share. Their kernels do one step of all rows; the products with the recurrent kernel lie
 * between the steps. A row takes part in step t if t is below its length; past it the state is held, the output and
 * what is saved for the way back are zero, and the gradient of the state passes unchanged.
 */
import { at } from './vector';

/** Whether a row takes part in step t; `lengths` of 0: every row has all steps. */
@inline
export function takesPart(lengths: usize, row: i32, t: i32): bool {
  return lengths == 0 || t < <i32>load<f32>(at(lengths, row));
}

/** x = 0, `size` elements; nothing where x is 0, which stands for an array that is not wanted. */
@inline
export function clear(x: usize, size: i32): void {
  if (x) memory.fill(x, 0, <usize>size << 2);
}

/** to = from, `size` elements; nothing where `to` is 0. */
@inline
export function keep(from: usize, to: usize, size: i32): void {
  if (to) memory.copy(to, from, <usize>size << 2);
}

/** Row number `row` of x, or 0 where x is 0. */
@inline
export function rowOf(x: usize, row: i32, width: i32): usize {
  return x ? at(x, row * width) : 0;
}

/** dh, the gradient carried back to this step, with that of the step's own output, if there is one. */
@inline
export function outputGradient(dh: usize, dy: usize, i: i32): v128 {
  const carried = v128.load(at(dh, i));
  return dy ? f32x4.add(carried, v128.load(at(dy, i))) : carried;
}
