/*
 * The GRU with the reset gate before the recurrent product (Cho et al. 2014): r, z = σ(a), n = tanh(a),
 * h' = (1 − z) ⊙ n + z ⊙ h. T steps, B rows, I inputs, H units. The candidate's product needs r, so a step has two halves:
 * the gates r and z, with a = W x + b + U h, and the candidate n, with a = W x + b + U (r ⊙ h).
 * Saves the gates r, z, n [T, B, 3H], and h and r ⊙ h [T, B, H] of each step.
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
  multiplyTransposed,
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
export function gruResetBeforeForward(args: RecurrentArgs): void {
  projectInputs(args, 3);
  barrier();
  runBands(args, 3, 1, stepsForward);
}

function stepsForward(args: RecurrentArgs): void {
  const units = args.units;
  const width = 3 * units;
  const rows = args.rows;
  const candidateScales = args.recurrentScales ? at(args.recurrentScales, 2 * units) : 0;
  for (let i = 0; i < args.time; i++) {
    const t = timeIndex(args, i);
    const h = stateBefore(args, i);
    const a = stepAddress(args, args.gates, t, width);
    const n = at(a, 2 * units);
    const reset = args.savedExtra ? stepAddress(args, args.savedExtra, t, units) : args.scratch;
    prepareRows(args, h, rows, units);
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (hasState(args, i)) {
        multiplyGates(args, h, units, args.recurrentKernel, args.recurrentScales, a, width, rows, 2, left, right, a, width);
      }
      gatesForward(args, t, h, reset, left, right);
    }
    barrier();
    prepareRows(args, reset, rows, units);
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (hasState(args, i)) {
        multiplyGates(args, reset, units, args.candidateKernel, candidateScales, n, width, rows, 1, left, right, n, width);
      }
      candidateForward(args, t, h, stateAfter(args, i), left, right);
    }
    barrier();
  }
}

/**
 * Computes dx and the gradients of the weights and of the initial state, from dy [T, B, H] and the gradient
 * of the final state.
 */
export function gruResetBeforeBackward(args: RecurrentArgs): void {
  const units = args.units;
  const width = 3 * units;
  const gatesWidth = 2 * units;
  runBands(args, 3, 1, stepsBackward);
  kernelGradients(args, args.savedH, 0, gatesWidth, width);
  kernelGradients(args, args.savedExtra, gatesWidth, units, width);
  biasAndInputGradients(args, width);
}

function stepsBackward(args: RecurrentArgs): void {
  const units = args.units;
  const width = 3 * units;
  const gatesWidth = 2 * units;
  const dReset = args.scratch;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (let i = args.time - 1; i >= 0 - args.initialState; i--) {
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (i < args.time - 1) {
        const daNext = stepAddress(args, args.da, timeIndex(args, i + 1), width);
        addStateGradient(args, daNext, width, gatesWidth, left, right);
      }
      if (i >= 0) candidateBackward(args, timeIndex(args, i), left, right);
    }
    barrier();
    if (i < 0) break;
    const t = timeIndex(args, i);
    const dn = at(stepAddress(args, args.da, t, width), gatesWidth);
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      multiplyTransposed(args, dn, width, args.candidateKernel, units, dReset, left, right, false);
      gatesBackward(args, t, dReset, left, right);
    }
    barrier();
  }
}

/** Units `start` to `end` of step t: r and z overwrite their columns of a [B, 3H]; reset [B, H] = r ⊙ h. */
function gatesForward(args: RecurrentArgs, t: i32, h: usize, reset: usize, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 3 * units);
  for (let row = 0; row < args.rows; row++) {
    const rowReset = rowAddress(reset, row, units);
    if (!isWithinLength(args, row, t)) {
      clearElements(rowReset, start, end);
      continue;
    }
    const gateR = rowAddress(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const rowH = rowAddress(h, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = sigmoid(v128.load(at(gateR, j)));
      const z = sigmoid(v128.load(at(gateZ, j)));
      storeLanes(at(gateR, j), r, count);
      storeLanes(at(gateZ, j), z, count);
      storeLanes(at(rowReset, j), f32x4.mul(r, v128.load(at(rowH, j))), count);
    }
  }
}

/** Units `start` to `end` of step t: n overwrites its columns of a [B, 3H]; then h' and y [B, H]. */
function candidateForward(args: RecurrentArgs, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 3 * units);
  const y = stepAddress(args, args.y, t, units);
  const savedH = stepAddress(args, args.savedH, t, units);
  const one = splat(1);
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
    const gateZ = at(rowAddress(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    copyElements(rowH, rowSavedH, start, end);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const z = v128.load(at(gateZ, j));
      const n = tanh(v128.load(at(gateN, j)));
      const output = f32x4.add(f32x4.mul(f32x4.sub(one, z), n), f32x4.mul(z, v128.load(at(rowH, j))));
      storeLanes(at(gateN, j), n, count);
      storeLanes(at(rowHNext, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
}

/** Units `start` to `end` of step t: the columns of z and n in da [B, 3H]; dh [B, H] = (dh + dy) ⊙ z. */
function candidateBackward(args: RecurrentArgs, t: i32, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 3 * units);
  const savedH = stepAddress(args, args.savedH, t, units);
  const dy = stepAddress(args, args.dy, t, units);
  const da = stepAddress(args, args.da, t, 3 * units);
  const one = splat(1);
  for (let row = 0; row < args.rows; row++) {
    const dZ = at(rowAddress(da, row, 3 * units), units);
    const dN = at(dZ, units);
    if (!isWithinLength(args, row, t)) {
      clearElements(dZ, start, end);
      clearElements(dN, start, end);
      continue;
    }
    const gateZ = at(rowAddress(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    const rowSavedH = rowAddress(savedH, row, units);
    const rowDy = rowAddress(dy, row, units);
    const rowDh = rowAddress(args.dh, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const z = v128.load(at(gateZ, j));
      const n = v128.load(at(gateN, j));
      const dh = outputGradient(rowDh, rowDy, j);
      const daN = f32x4.mul(f32x4.mul(dh, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(n, n)));
      const dz = f32x4.mul(dh, f32x4.sub(v128.load(at(rowSavedH, j)), n));
      storeLanes(at(dZ, j), f32x4.mul(dz, f32x4.mul(z, f32x4.sub(one, z))), count);
      storeLanes(at(dN, j), daN, count);
      storeLanes(at(rowDh, j), f32x4.mul(dh, z), count);
    }
  }
}

/** Units `start` to `end` of step t: the columns of r in da [B, 3H], from dReset [B, H] = d(r ⊙ h); dh += dReset ⊙ r. */
function gatesBackward(args: RecurrentArgs, t: i32, dReset: usize, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 3 * units);
  const savedH = stepAddress(args, args.savedH, t, units);
  const da = stepAddress(args, args.da, t, 3 * units);
  const one = splat(1);
  for (let row = 0; row < args.rows; row++) {
    const dR = rowAddress(da, row, 3 * units);
    if (!isWithinLength(args, row, t)) {
      clearElements(dR, start, end);
      continue;
    }
    const gateR = rowAddress(gates, row, 3 * units);
    const rowSavedH = rowAddress(savedH, row, units);
    const rowDReset = rowAddress(dReset, row, units);
    const rowDh = rowAddress(args.dh, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = v128.load(at(gateR, j));
      const dResetLanes = v128.load(at(rowDReset, j));
      const dr = f32x4.mul(dResetLanes, v128.load(at(rowSavedH, j)));
      storeLanes(at(dR, j), f32x4.mul(dr, f32x4.mul(r, f32x4.sub(one, r))), count);
      storeLanes(at(rowDh, j), f32x4.add(v128.load(at(rowDh, j)), f32x4.mul(dResetLanes, r)), count);
    }
  }
}
