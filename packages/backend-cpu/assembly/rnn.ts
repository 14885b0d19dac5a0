/*
 * The simple recurrent layer: h' = activation(W x + b + U h), with tanh or relu. T steps, B rows, I inputs, H units.
 * Saves h [T, B, H] before each step; the backward pass also reads y.
 */
import { RecurrentArgs } from './abi.generated';
import { runBands } from './bands';
import { left, nextBlocks, right } from './blocks';
import { biasAndInputGradients, kernelGradients } from './gradients';
import { tanh } from './math';
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
export function rnnForward(args: RecurrentArgs): void {
  projectInputs(args, 1);
  barrier();
  runBands(args, 1, 0, stepsForward);
}

function stepsForward(args: RecurrentArgs): void {
  const units = args.units;
  for (let i = 0; i < args.time; i++) {
    const t = timeIndex(args, i);
    const h = stateBefore(args, i);
    const a = stepAddress(args, args.gates, t, units);
    prepareRows(args, h, args.rows, units);
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (hasState(args, i)) {
        multiplyGates(args, h, units, args.recurrentKernel, args.recurrentScales, a, units, args.rows, 1, left, right, a, units);
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
export function rnnBackward(args: RecurrentArgs): void {
  const units = args.units;
  runBands(args, 1, 0, stepsBackward);
  kernelGradients(args, args.savedH, 0, units, units);
  biasAndInputGradients(args, units);
}

function stepsBackward(args: RecurrentArgs): void {
  const units = args.units;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (let i = args.time - 1; i >= 0 - args.initialState; i--) {
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (i < args.time - 1) {
        const daNext = stepAddress(args, args.da, timeIndex(args, i + 1), units);
        addStateGradient(args, daNext, units, units, left, right);
      }
      if (i >= 0) stepBackward(args, timeIndex(args, i), left, right);
    }
    barrier();
  }
}

/** Units `start` to `end` of step t: h' and y [B, H], from a = W x + b + U h [B, H]. */
function stepForward(args: RecurrentArgs, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = args.units;
  const y = stepAddress(args, args.y, t, units);
  const a = stepAddress(args, args.gates, t, units);
  const savedH = stepAddress(args, args.savedH, t, units);
  for (let row = 0; row < args.rows; row++) {
    const rowY = rowAddress(y, row, units);
    const rowSavedH = rowAddress(savedH, row, units);
    const rowH = rowAddress(h, row, units);
    const rowHNext = rowAddress(hNext, row, units);
    if (!isWithinLength(args, row, t)) {
      copyElements(rowH, rowHNext, start, end);
      clearElements(rowY, start, end);
      clearElements(rowSavedH, start, end);
      continue;
    }
    const rowA = rowAddress(a, row, units);
    copyElements(rowH, rowSavedH, start, end);
    for (let i = start; i < end; i += 4) {
      const x = v128.load(at(rowA, i));
      const result = args.relu ? f32x4.max(x, splat(0)) : tanh(x);
      storeLanes(at(rowHNext, i), result, units - i);
      storeLanes(at(rowY, i), result, units - i);
    }
  }
}

/**
 * Units `start` to `end` of step t: da [B, H], from dh and dy [B, H]. Leaves dh 0, so that da · Uᵀ can be added to it,
 * except in rows that have ended.
 */
function stepBackward(args: RecurrentArgs, t: i32, start: i32, end: i32): void {
  const units = args.units;
  const y = stepAddress(args, args.y, t, units);
  const dy = stepAddress(args, args.dy, t, units);
  const da = stepAddress(args, args.da, t, units);
  const one = splat(1);
  for (let row = 0; row < args.rows; row++) {
    const rowDa = rowAddress(da, row, units);
    if (!isWithinLength(args, row, t)) {
      clearElements(rowDa, start, end);
      continue;
    }
    const rowY = rowAddress(y, row, units);
    const rowDy = rowAddress(dy, row, units);
    const rowDh = rowAddress(args.dh, row, units);
    for (let i = start; i < end; i += 4) {
      const result = v128.load(at(rowY, i));
      const slope = args.relu
        ? v128.and(f32x4.gt(result, splat(0)), one)
        : f32x4.sub(one, f32x4.mul(result, result));
      storeLanes(at(rowDa, i), f32x4.mul(outputGradient(rowDh, rowDy, i), slope), units - i);
    }
    clearElements(rowDh, start, end);
  }
}
