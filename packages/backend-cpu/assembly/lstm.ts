/*
 * The LSTM: i, f, o = σ(a), g = tanh(a), c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c'), where a = W x + b + U h
 * (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000). T steps, B rows, I inputs, H units.
 * Saves the gates i, f, g, o [T, B, 4H], and h and c [T, B, H] before each step. The backward pass reads y, too.
 */
import { RecurrentArgs } from './abi.generated';
import { runBands } from './bands';
import { left, nextBlocks, right } from './blocks';
import { biasAndInputGradients, kernelGradients } from './gradients';
import { sigmoid, tanh } from './math';
import {
  addStateGradient,
  beginUnits,
  clearElements,
  copyElements,
  hasState,
  isWithinLength,
  multiplyGates,
  outputGradient,
  prepareRows,
  projectInputs,
  rowAddress,
  stateAfter,
  stateBefore,
  stepAddress,
  timeIndex,
} from './recurrent';
import { barrier } from './thread-pool';
import { at, splat, storeLanes } from './vector';

/** Computes y [T, B, H] and the final state from x [T, B, I] and the initial state. */
export function lstmForward(args: RecurrentArgs): void {
  projectInputs(args, 4);
  barrier();
  runBands(args, 4, 0, stepsForward);
}

function stepsForward(args: RecurrentArgs): void {
  const units = args.units;
  const width = 4 * units;
  for (let i = 0; i < args.time; i++) {
    const t = timeIndex(args, i);
    const h = stateBefore(args, i);
    const a = stepAddress(args, args.gates, t, width);
    prepareRows(args, h, args.rows, units);
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (hasState(args, i)) {
        multiplyGates(args, h, units, args.recurrentKernel, args.recurrentScales, a, width, args.rows, 4, left, right, a, width);
      }
      stepForward(args, t, h, stateAfter(args, i), left, right);
    }
    barrier();
  }
}

/**
 * Computes dx and the gradients of the weights and of the initial state, from dy [T, B, H] and the gradient
 * of the final state.
 */
export function lstmBackward(args: RecurrentArgs): void {
  const width = 4 * args.units;
  runBands(args, 4, 0, stepsBackward);
  kernelGradients(args, args.savedH, 0, width, width);
  biasAndInputGradients(args, width);
}

function stepsBackward(args: RecurrentArgs): void {
  const width = 4 * args.units;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (let i = args.time - 1; i >= 0 - args.initialState; i--) {
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (i < args.time - 1) {
        const daNext = stepAddress(args, args.da, timeIndex(args, i + 1), width);
        addStateGradient(args, daNext, width, width, left, right);
      }
      if (i >= 0) stepBackward(args, timeIndex(args, i), left, right);
    }
    barrier();
  }
}

/** Units `start` to `end` of step t: h', c' and y [B, H], from a [B, 4H], which the gates i, f, g, o overwrite. */
function stepForward(args: RecurrentArgs, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 4 * units);
  const y = stepAddress(args, args.y, t, units);
  const hBefore = stepAddress(args, args.savedH, t, units);
  const cBefore = stepAddress(args, args.savedExtra, t, units);
  for (let row = 0; row < args.rows; row++) {
    const rowY = rowAddress(y, row, units);
    const rowHBefore = rowAddress(hBefore, row, units);
    const rowCBefore = rowAddress(cBefore, row, units);
    const rowH = rowAddress(h, row, units);
    const rowHNext = rowAddress(hNext, row, units);
    if (!isWithinLength(args, row, t)) {
      copyElements(rowH, rowHNext, start, end);
      clearElements(rowY, start, end);
      clearElements(rowHBefore, start, end);
      clearElements(rowCBefore, start, end);
      continue;
    }
    const rowC = rowAddress(args.c, row, units);
    copyElements(rowH, rowHBefore, start, end);
    copyElements(rowC, rowCBefore, start, end);
    const rowGates = rowAddress(gates, row, 4 * units);
    let j = start;
    for (; j + 4 <= end; j += 4) cellState(at(rowGates, j), units, at(rowC, j), 4);
    if (j < end) cellState(at(rowGates, j), units, at(rowC, j), end - j);
    // In a loop of its own: shorter chains of operations that wait for each other overlap better.
    for (j = start; j + 4 <= end; j += 4) cellOutput(at(rowGates, j), units, at(rowC, j), at(rowHNext, j), at(rowY, j), 4);
    if (j < end) cellOutput(at(rowGates, j), units, at(rowC, j), at(rowHNext, j), at(rowY, j), end - j);
  }
}

/** i, f, g and c' of the next `count` units of a row, at most 4. The gates are `units` apart. */
@inline
function cellState(gates: usize, units: i32, c: usize, count: i32): void {
  const gateF = at(gates, units);
  const gateG = at(gateF, units);
  const i = sigmoid(v128.load(gates));
  const f = sigmoid(v128.load(gateF));
  const g = tanh(v128.load(gateG));
  storeLanes(gates, i, count);
  storeLanes(gateF, f, count);
  storeLanes(gateG, g, count);
  storeLanes(c, f32x4.add(f32x4.mul(f, v128.load(c)), f32x4.mul(i, g)), count);
}

/** o, h' and y of the next `count` units of a row, at most 4, from c'. */
@inline
function cellOutput(gates: usize, units: i32, c: usize, h: usize, y: usize, count: i32): void {
  const gateO = at(gates, 3 * units);
  const o = sigmoid(v128.load(gateO));
  const output = f32x4.mul(o, tanh(v128.load(c)));
  storeLanes(gateO, o, count);
  storeLanes(h, output, count);
  storeLanes(y, output, count);
}

/**
 * Units `start` to `end` of step t: da [B, 4H] and the previous step's dc [B, H], from dh, dc and dy [B, H]. Leaves dh 0, so
 * that da · Uᵀ can be added to it, except in rows that have ended.
 */
function stepBackward(args: RecurrentArgs, t: i32, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 4 * units);
  const cBefore = stepAddress(args, args.savedExtra, t, units);
  const y = stepAddress(args, args.y, t, units);
  const dy = stepAddress(args, args.dy, t, units);
  const da = stepAddress(args, args.da, t, 4 * units);
  for (let row = 0; row < args.rows; row++) {
    const dI = rowAddress(da, row, 4 * units);
    const dF = at(dI, units);
    const dG = at(dF, units);
    const dO = at(dG, units);
    if (!isWithinLength(args, row, t)) {
      clearElements(dI, start, end);
      clearElements(dF, start, end);
      clearElements(dG, start, end);
      clearElements(dO, start, end);
      continue;
    }
    const rowGates = rowAddress(gates, row, 4 * units);
    const rowC = rowAddress(cBefore, row, units);
    const rowY = rowAddress(y, row, units);
    const rowDy = rowAddress(dy, row, units);
    const rowDh = rowAddress(args.dh, row, units);
    const rowDc = rowAddress(args.dc, row, units);
    let j = start;
    for (; j + 4 <= end; j += 4) cellBackward(rowGates, rowC, rowY, rowDy, rowDh, rowDc, dI, units, j, 4);
    if (j < end) cellBackward(rowGates, rowC, rowY, rowDy, rowDh, rowDc, dI, units, j, end - j);
    clearElements(rowDh, start, end);
  }
}

/** The next `count` units of a row, at most 4, from unit j on. The gates, and their gradients, are `units` apart. */
@inline
function cellBackward(
  gates: usize, cBefore: usize, y: usize, dy: usize, rowDh: usize, rowDc: usize, da: usize, units: i32, j: i32,
  count: i32,
): void {
  const one = splat(1);
  const gateI = at(gates, j);
  const gateF = at(gateI, units);
  const gateG = at(gateF, units);
  const i = v128.load(gateI);
  const f = v128.load(gateF);
  const g = v128.load(gateG);
  const o = v128.load(at(gateG, units));
  const c = v128.load(at(cBefore, j));
  // h' = o ⊙ tanh(c'). Where o is almost 0, so is everything that tanh(c') is multiplied by.
  const tanhC = f32x4.div(v128.load(at(y, j)), f32x4.max(o, splat(1e-30)));

  const dh = outputGradient(rowDh, dy, j);
  const slope = f32x4.mul(o, f32x4.sub(one, f32x4.mul(tanhC, tanhC)));
  const dc = f32x4.add(v128.load(at(rowDc, j)), f32x4.mul(dh, slope));
  const dI = at(da, j);
  const dF = at(dI, units);
  const dG = at(dF, units);
  storeLanes(dI, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))), count);
  storeLanes(dF, f32x4.mul(f32x4.mul(dc, c), f32x4.mul(f, f32x4.sub(one, f))), count);
  storeLanes(dG, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))), count);
  storeLanes(at(dG, units), f32x4.mul(f32x4.mul(dh, tanhC), f32x4.mul(o, f32x4.sub(one, o))), count);
  storeLanes(at(rowDc, j), f32x4.mul(dc, f), count);
}
