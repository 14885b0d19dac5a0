/*
 * A recurrent layer's walk over a sequence, and what the cells share. Forward: x·W of all steps in one product, then for
 * each step one product with U and the cell. Back: for each step the cell and one product with Uᵀ, then the gradient of
 * each weight, and of x, in one product over all steps.
 *
 * A row takes part in step t if t is below its length; past it the state is held, the output and what is saved for the
 * way back are zero, and the gradient of the state passes unchanged.
 */
import { multiplyOwn, multiplyTransposedOwn } from './matmul';
import { sumColumns } from './reduce';
import { ownEnd, ownStart } from './team';
import { at } from './vector';

/**
 * What a walk needs, as src/walk.ts writes it, in this order. G is the number of gates. Arrays are given by their
 * addresses; 0 stands for one that is not given, or not wanted.
 */
@unmanaged
export class Walk {
  time: i32;
  batch: i32;
  /** I */
  inputSize: i32;
  /** H */
  units: i32;
  /** From the last step to the first. */
  reverse: i32;
  /** RNN: relu in place of tanh. */
  relu: i32;
  /** [B] */
  lengths: usize;
  /** [T, B, I] */
  x: usize;
  /** Forward, W in panels; back, Wᵀ in panels, where the gradient of x is wanted. */
  kernel: usize;
  /** Forward, U in panels; back, Uᵀ in panels. */
  recurrentKernel: usize;
  /** The columns of the candidate likewise, where the cell multiplies them apart. */
  candidateKernel: usize;
  /** [G·H] */
  bias: usize;
  /** [G·H] */
  recurrentBias: usize;
  /** [B, H]: the state; each step changes it. */
  h: usize;
  /** [B, H] */
  c: usize;
  /** [T, B, H] */
  y: usize;
  /** [T, B, G·H]: x·W + b at first, then what the cell leaves there. */
  gates: usize;
  /** [T, B, H], for the way back: h before each step, and another array of the cell's choice. */
  before: usize;
  saved: usize;
  /** [B, G·H]: scratch memory. */
  scratch: usize;
  /** [T, B, H]: the gradient of y. */
  dy: usize;
  /** [B, H]: the gradient of the state, carried back. */
  dh: usize;
  dc: usize;
  /** [T, B, G·H]: the gradient of x·W + b, and of h·U + b', which for most cells is the same array. */
  da: usize;
  du: usize;
  /** The gradients of the arrays of these names, each of its array's shape. */
  dx: usize;
  dKernel: usize;
  dRecurrentKernel: usize;
  dBias: usize;
  dRecurrentBias: usize;
  /** For the products over all steps: memory for each thread. */
  workspace: usize;

  /** The place in the sequence of the step taken after `i` others. */
  @inline
  place(i: i32): i32 {
    return this.reverse ? this.time - 1 - i : i;
  }

  /** Step t of an array [T, B, width]; 0 for one that is not there. */
  @inline
  stepOf(array: usize, t: i32, width: i32): usize {
    return rowOf(array, t * this.batch, width);
  }

  /** Whether a row takes part in step t. */
  @inline
  takesPart(row: i32, t: i32): bool {
    return this.lengths == 0 || t < <i32>load<f32>(at(this.lengths, row));
  }
}

/** gates = x·W + b for all steps, in this thread's columns of `width`. */
export function projectInputs(walk: Walk, width: i32): void {
  const rows = walk.time * walk.batch;
  spreadOwn(walk.bias, walk.gates, rows, width);
  const inputSize = walk.inputSize;
  multiplyOwn(walk.x, inputSize, walk.kernel, walk.gates, width, rows, width, inputSize, walk.bias != 0);
}

/** Every row of y [rows, width] = bias [width], in this thread's columns; nothing where there is no bias. */
export function spreadOwn(bias: usize, y: usize, rows: i32, width: i32): void {
  if (!bias) return;
  const start = ownStart(width);
  const end = ownEnd(width);
  for (let row = 0; row < rows; row++) keep(bias, rowOf(y, row, width), start, end);
}

/** What is the same for all cells once `da` and `du` are known for all steps; dU of the cells whose U multiplies h. */
export function gradientsOfInputs(walk: Walk, width: i32): void {
  const rows = walk.time * walk.batch;
  const inputSize = walk.inputSize;
  const workspace = walk.workspace;
  multiplyTransposedOwn(walk.x, inputSize, walk.da, width, walk.dKernel, width, inputSize, width, rows, workspace);
  sumOwnColumns(walk.da, walk.dBias, rows, width);
  sumOwnColumns(walk.du, walk.dRecurrentBias, rows, width);
  if (walk.dx) multiplyOwn(walk.da, width, walk.kernel, walk.dx, inputSize, rows, inputSize, width, false);
}

/** dU = factorᵀ · du over all steps, in the columns from `column` on; `factor` [T, B, H] is what U multiplied. */
export function gradientOfRecurrentKernel(walk: Walk, factor: usize, column: i32, columns: i32, width: i32): void {
  const units = walk.units;
  const du = at(walk.du, column);
  const to = at(walk.dRecurrentKernel, column);
  multiplyTransposedOwn(factor, units, du, width, to, width, units, columns, walk.time * walk.batch, walk.workspace);
}

function sumOwnColumns(x: usize, y: usize, rows: i32, width: i32): void {
  if (!y) return;
  const start = ownStart(width);
  sumColumns(at(x, start), width, at(y, start), rows, ownEnd(width) - start);
}

/** Row number `row` of x, or 0 where x is 0. */
@inline
export function rowOf(x: usize, row: i32, width: i32): usize {
  return x ? at(x, row * width) : 0;
}

/** The elements of x from `start` to `end` = 0; nothing where x is 0. */
@inline
export function clear(x: usize, start: i32, end: i32): void {
  if (x) memory.fill(at(x, start), 0, <usize>(end - start) << 2);
}

/** to = from in the elements from `start` to `end`; nothing where `to` is 0. */
@inline
export function keep(from: usize, to: usize, start: i32, end: i32): void {
  if (to) memory.copy(at(to, start), at(from, start), <usize>(end - start) << 2);
}

/** dh, the gradient carried back to this step, with that of the step's own output, if there is one. */
@inline
export function outputGradient(dh: usize, dy: usize, i: i32): v128 {
  const carried = v128.load(at(dh, i));
  return dy ? f32x4.add(carried, v128.load(at(dy, i))) : carried;
}
