/*
 * The code that the recurrent cells share. A pass runs a recurrent layer over a whole sequence:
 *   - Forward: x·W + b for all steps in one product; then for each step one product with U, and the cell.
 *   - Backward: for each step, from the last to the first, the cell and one product with Uᵀ; then the gradients of the
 *     weights and of x, each in one product over all steps.
 * The threads of the pool share each step by units; a thread computes all gates of its units.
 *
 * T steps, B rows, I inputs, H units, G gates. A row takes part in step t if t is less than its length. In
 * later steps its state does not change, its output and the values saved for the backward pass are zero, and
 * the gradient of its state passes through unchanged.
 */
import { PANEL, PROJECTED_ROWS, RecurrentArgs } from './abi.generated';
import { beginBlocks, bottom, left, nextBlocks, right, top } from './blocks';
import { multiplyInt8, roundRows } from './int8';
import { multiplyColumns, setPanelOrder } from './matmul';
import { rowTimesTransposed } from './matvec';
import { threadOffset } from './thread-pool';
import { at, multiplyAdd, splat, storeLanes } from './vector';

/** The time index t of the step that is run after `i` other steps. */
@inline
export function timeIndex(args: RecurrentArgs, i: i32): i32 {
  return args.reverse ? args.time - 1 - i : i;
}

/** h [B, H] before the step that is run after `i` other steps. */
@inline
export function stateBefore(args: RecurrentArgs, i: i32): usize {
  return i & 1 ? args.hOdd : args.hEven;
}

/** False if h before the step that is run after `i` other steps is 0. */
@inline
export function hasState(args: RecurrentArgs, i: i32): bool {
  return i > 0 || args.initialState != 0;
}

/** h [B, H] after the step that is run after `i` other steps. */
@inline
export function stateAfter(args: RecurrentArgs, i: i32): usize {
  return i & 1 ? args.hEven : args.hOdd;
}

/** Step t [B, width] of an array [T, B, width]; 0 if the array is absent. */
@inline
export function stepAddress(args: RecurrentArgs, array: usize, t: i32, width: i32): usize {
  return rowAddress(array, t * args.batch, width);
}

/** True if step t is within the length of the row. */
@inline
export function isWithinLength(args: RecurrentArgs, row: i32, t: i32): bool {
  return args.lengths == 0 || t < <i32>load<f32>(at(args.lengths, row));
}

/** Begins a parallel loop over the units of step `i`; each iteration handles those from `left` to `right`. */
@inline
export function beginUnits(args: RecurrentArgs, i: i32): bool {
  setPanelOrder(<bool>(i & 1));
  // A single row is multiplied with two panels at a time.
  return beginBlocks(1, 1, args.units, args.batch == 1 ? 2 * PANEL : PANEL);
}

/** gates [T, B, G·H] = x [T, B, I] · W + b */
export function projectInputs(args: RecurrentArgs, gates: i32): void {
  const units = args.units;
  const inputSize = args.inputSize;
  const width = gates * units;
  for (let more = beginBlocks(args.time * args.batch, PROJECTED_ROWS, units, 2 * PANEL); more; more = nextBlocks()) {
    const rows = bottom - top;
    const a = at(args.gates, top * width);
    const x = at(args.x, top * inputSize);
    if (inputSize == 1 && !args.kernelScales) {
      projectSingleInput(args, x, a, rows, gates, left, right);
    } else {
      prepareRows(args, x, rows, inputSize);
      multiplyGates(args, x, inputSize, args.kernel, args.kernelScales, a, width, rows, gates, left, right, args.bias, 0);
    }
  }
}

/** a [m, G·H] = x [m] · W [G·H] + b, for the units from `start` to `end` of each gate: without tiles, which would be empty. */
function projectSingleInput(
  args: RecurrentArgs, x: usize, a: usize, m: i32, gates: i32, start: i32, end: i32,
): void {
  const units = args.units;
  const gateWidth = args.kernelRowStride ? units : (units + PANEL - 1) & ~(PANEL - 1);
  for (let row = 0; row < m; row++) {
    const value = v128.load32_splat(at(x, row));
    for (let gate = 0; gate < gates; gate++) {
      const w = at(args.kernel, gate * gateWidth);
      const bias = args.bias ? at(args.bias, gate * units) : 0;
      const to = at(a, (row * gates + gate) * units);
      let i = start;
      for (; i + 4 <= end; i += 4) v128.store(at(to, i), scaled(value, w, bias, i));
      if (i < end) storeLanes(at(to, i), scaled(value, w, bias, i), end - i);
    }
  }
}

/** Four elements of value · w + bias; the bias may be absent. */
@inline
function scaled(value: v128, w: usize, bias: usize, i: i32): v128 {
  return multiplyAdd(value, v128.load(at(w, i)), bias ? v128.load(at(bias, i)) : splat(0));
}

/**
 * c [m, G·H] = x [m, k] · kernel [k, G·H] + the rows at `addend`, for the units from `start` to `end` of each gate. The addend
 * is c itself; or one row for all, with a row stride of 0; or 0, for none. With int8 weights, {@link prepareRows} has been
 * called for x.
 * @param scales of the columns of int8 weights, else 0
 */
export function multiplyGates(
  args: RecurrentArgs, x: usize, k: i32, kernel: usize, scales: usize, c: usize, cRowStride: i32, m: i32,
  gates: i32, start: i32, end: i32, addend: usize, addendRowStride: i32,
): void {
  const units = args.units;
  const stride = args.kernelRowStride;
  const gateWidth = stride ? units : (units + PANEL - 1) & ~(PANEL - 1);
  if (scales) {
    if (addend != c) initializeGates(addend, c, m, gates, units, start, end);
    const gateBytes = gateWidth * ((k + 1) & ~1);
    for (let gate = 0; gate < gates; gate++) {
      const column = gate * units;
      multiplyInt8(
        ownRows(args), k, kernel + gate * gateBytes, at(scales, column), at(c, column), cRowStride, m, start, end, true,
      );
    }
    return;
  }
  if (start == 0 && end == gateWidth) {
    // All units, and no padding between the gates: one product for all gates.
    multiplyColumns(x, k, kernel, stride, c, cRowStride, m, 0, gates * units, k, addend, addendRowStride);
    return;
  }
  for (let gate = 0; gate < gates; gate++) {
    const column = gate * units;
    const from = at(kernel, gate * gateWidth * (stride ? 1 : k));
    const before = addend ? at(addend, column) : 0;
    multiplyColumns(x, k, from, stride, at(c, column), cRowStride, m, start, end, k, before, addendRowStride);
  }
}

/** With int8 weights: rounds x [m, k] for the products of this thread. */
@inline
export function prepareRows(args: RecurrentArgs, x: usize, m: i32, k: i32): void {
  if (args.kernelScales) roundRows(x, m, k, ownRows(args));
}

/** This thread's memory for rounded rows. */
@inline
function ownRows(args: RecurrentArgs): usize {
  return args.rounded + threadOffset(args.roundedBytes);
}

/** Every row of y [rows, G·H] = bias [G·H], or 0 without a bias, for the units from `start` to `end` of each gate. */
export function initializeGates(bias: usize, y: usize, rows: i32, gates: i32, units: i32, start: i32, end: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let gate = 0; gate < gates; gate++) {
      const to = at(y, (row * gates + gate) * units);
      if (bias) copyElements(at(bias, gate * units), to, start, end);
      else clearElements(to, start, end);
    }
  }
}

/** dh [B, H] += da [B, width] · Uᵀ, for the units from `start` to `end`; `width` is that of the gates in recurrentKernel. */
export function addStateGradient(
  args: RecurrentArgs, da: usize, daRowStride: i32, width: i32, start: i32, end: i32,
): void {
  multiplyTransposed(args, da, daRowStride, args.recurrentKernel, width, args.dh, start, end, true);
}

/** to [B, H] = da [B, k] · kernelᵀ, or to + da · kernelᵀ, for the units from `start` to `end`. */
export function multiplyTransposed(
  args: RecurrentArgs, da: usize, daRowStride: i32, kernel: usize, k: i32, to: usize, start: i32, end: i32, accumulate: bool,
): void {
  const units = args.units;
  const stride = args.kernelRowStride;
  if (stride) rowTimesTransposed(da, at(kernel, start * stride), stride, at(to, start), end - start, k, accumulate);
  else multiplyColumns(da, daRowStride, kernel, 0, to, units, args.rows, start, end, k, accumulate ? to : 0, units);
}

/** Row number `row` of x [rows, width]; 0 if x is absent. */
@inline
export function rowAddress(x: usize, row: i32, width: i32): usize {
  return x ? at(x, row * width) : 0;
}

/** Elements `start` to `end` of x = 0; nothing if x is absent. A loop, because these are short: memory.fill is slower. */
@inline
export function clearElements(x: usize, start: i32, end: i32): void {
  if (!x) return;
  for (let i = start; i < end; i += 4) storeLanes(at(x, i), splat(0), end - i);
}

/** Elements `start` to `end` of y = those of x; nothing if y is absent. */
@inline
export function copyElements(x: usize, y: usize, start: i32, end: i32): void {
  if (!y) return;
  for (let i = start; i < end; i += 4) storeLanes(at(y, i), v128.load(at(x, i)), end - i);
}

/** Four elements of the gradient of this step's output: dh, which comes from the next step, plus dy unless it is absent. */
@inline
export function outputGradient(dh: usize, dy: usize, i: i32): v128 {
  const carried = v128.load(at(dh, i));
  return dy ? f32x4.add(carried, v128.load(at(dy, i))) : carried;
}
