/*
 * A recurrent layer's walk over a sequence, and what the cells share. Forward: x·W of all steps in one product, then for
 * each step one product with U and the cell. Back: for each step the cell and one product with Uᵀ, then the gradient of
 * each weight, and of x, in one product over all steps. The team shares out a step by units, with all gates of each.
 *
 * A row takes part in step t if t is below its length; past it the state is held, the output and what is saved for the
 * way back are zero, and the gradient of the state passes unchanged.
 */
import { bottom, left, nextBlocks, right, shareBlocks, top } from './blocks';
import { matmul, multiplyColumns, WORKSPACE_BYTES } from './matmul';
import { sumColumns } from './reduce';
import { ownWorkspace } from './team';
import { PANEL } from './tiles';
import { at, splat, storeLanes } from './vector';

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
  /** Forward, W in panels, gate by gate; back, Wᵀ in panels, where the gradient of x is wanted. */
  kernel: usize;
  /** Forward, U in panels, gate by gate; back, Uᵀ in panels. */
  recurrentKernel: usize;
  /** The columns of the candidate likewise, where the cell multiplies them apart. */
  candidateKernel: usize;
  /** [G·H] */
  bias: usize;
  /** [G·H] */
  recurrentBias: usize;
  /** [B, H]: the state that the walk starts from; each other step leaves its state here, and the rest in `hOther`. */
  h: usize;
  hOther: usize;
  /** [B, H]: each step changes it. */
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

  /** The state before the step taken after `i` others, and after it. */
  @inline
  hBefore(i: i32): usize {
    return i & 1 ? this.hOther : this.h;
  }
  @inline
  hAfter(i: i32): usize {
    return i & 1 ? this.h : this.hOther;
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

/** Begins a loop over the units of a step, for the team: those of a turn are from `left` to `right`. */
@inline
export function shareUnits(walk: Walk): bool {
  // A single row is multiplied with two panels at once.
  return shareBlocks(1, 1, walk.units, walk.batch == 1 ? 2 * PANEL : PANEL);
}

/** gates = x·W + b for all steps. */
export function projectInputs(walk: Walk, gates: i32): void {
  const units = walk.units;
  const inputSize = walk.inputSize;
  const width = gates * units;
  for (let some = shareBlocks(walk.time * walk.batch, 128, units, 2 * PANEL); some; some = nextBlocks()) {
    const rows = bottom - top;
    const a = at(walk.gates, top * width);
    const x = at(walk.x, top * inputSize);
    spreadBias(walk.bias, a, rows, gates, units, left, right);
    multiplyGates(x, inputSize, walk.kernel, a, width, rows, gates, units, left, right, walk.bias != 0);
  }
}

/** For some units of each gate, c [m, G·H] = x [m, k] · panels, or c + x · panels. */
export function multiplyGates(
  x: usize, k: i32, panels: usize, c: usize, cRow: i32, m: i32,
  gates: i32, units: i32, start: i32, end: i32, accumulate: bool,
): void {
  const gatePanels = (units + PANEL - 1) & ~(PANEL - 1);
  if (start == 0 && end == gatePanels) {
    // The gates follow each other in the panels and in c alike.
    multiplyColumns(x, k, panels, c, cRow, m, 0, gates * units, k, accumulate);
    return;
  }
  for (let gate = 0; gate < gates; gate++) {
    const block = at(panels, gate * gatePanels * k);
    multiplyColumns(x, k, block, at(c, gate * units), cRow, m, start, end, k, accumulate);
  }
}

/** For some units of each gate, every row of y [rows, G·H] = bias [G·H]; nothing where there is no bias. */
export function spreadBias(bias: usize, y: usize, rows: i32, gates: i32, units: i32, start: i32, end: i32): void {
  if (!bias) return;
  for (let row = 0; row < rows; row++) {
    const to = rowOf(y, row, gates * units);
    for (let gate = 0; gate < gates; gate++) keep(bias, to, gate * units + start, gate * units + end);
  }
}

/** For some units, dh += da · Uᵀ, with the `width` elements of each row of `da` that are from the gates of U's product. */
export function carryBack(walk: Walk, da: usize, daRow: i32, width: i32, start: i32, end: i32): void {
  multiplyColumns(da, daRow, walk.recurrentKernel, walk.dh, walk.units, walk.batch, start, end, width, true);
}

/** What is the same for all cells once `da` and `du` are known for all steps. */
export function gradientsOfInputs(walk: Walk, width: i32): void {
  const rows = walk.time * walk.batch;
  const inputSize = walk.inputSize;
  gradientOfKernel(walk.x, inputSize, walk.da, width, walk.dKernel, width, rows, walk.workspace);
  sumRows(walk.da, walk.dBias, rows, width);
  sumRows(walk.du, walk.dRecurrentBias, rows, width);
  if (!walk.dx) return;
  for (let some = shareBlocks(rows, 64, inputSize, 2 * PANEL); some; some = nextBlocks()) {
    const da = at(walk.da, top * width);
    const dx = at(walk.dx, top * inputSize);
    multiplyColumns(da, width, walk.kernel, dx, inputSize, bottom - top, left, right, width, false);
  }
}

/** dU = factorᵀ · du over all steps, in the columns from `column` on; `factor` [T, B, H] is what U multiplied. */
export function gradientOfRecurrentKernel(walk: Walk, factor: usize, column: i32, columns: i32, width: i32): void {
  const du = at(walk.du, column);
  const to = at(walk.dRecurrentKernel, column);
  gradientOfKernel(factor, walk.units, du, width, to, columns, walk.time * walk.batch, walk.workspace);
}

/** dW [I, columns] = xᵀ · da, with x [rows, I] and da [rows, columns]; the rows of da and dW are `width` elements apart. */
function gradientOfKernel(
  x: usize, inputSize: i32, da: usize, width: i32, dKernel: usize, columns: i32, rows: i32, workspace: usize,
): void {
  const own = workspace + ownWorkspace(WORKSPACE_BYTES);
  for (let some = shareBlocks(inputSize, 256, columns, 16 * PANEL); some; some = nextBlocks()) {
    const b = at(da, left);
    const c = at(dKernel, top * width + left);
    matmul(at(x, top), inputSize, true, b, width, false, c, width, bottom - top, right - left, rows, false, own);
  }
}

/** y [width] = the sums of the columns of x [rows, width]; nothing where y is not wanted. */
function sumRows(x: usize, y: usize, rows: i32, width: i32): void {
  if (!y) return;
  for (let some = shareBlocks(1, 1, width, 4 * PANEL); some; some = nextBlocks()) {
    sumColumns(at(x, left), width, at(y, left), rows, right - left);
  }
}

/** Row number `row` of x, or 0 where x is 0. */
@inline
export function rowOf(x: usize, row: i32, width: i32): usize {
  return x ? at(x, row * width) : 0;
}

/** The elements of x from `start` to `end` = 0; nothing where x is 0. These are short: a call would take longer. */
@inline
export function clear(x: usize, start: i32, end: i32): void {
  if (!x) return;
  for (let i = start; i < end; i += 4) storeLanes(at(x, i), splat(0), end - i);
}

/** to = from in the elements from `start` to `end`; nothing where `to` is 0. */
@inline
export function keep(from: usize, to: usize, start: i32, end: i32): void {
  if (!to) return;
  for (let i = start; i < end; i += 4) storeLanes(at(to, i), v128.load(at(from, i)), end - i);
}

/** dh, the gradient carried back to this step, with that of the step's own output, if there is one. */
@inline
export function outputGradient(dh: usize, dy: usize, i: i32): v128 {
  const carried = v128.load(at(dh, i));
  return dy ? f32x4.add(carried, v128.load(at(dy, i))) : carried;
}
