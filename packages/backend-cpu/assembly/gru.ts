/*
 * The GRU with the reset gate after the recurrent product, as in cuDNN: r, z = σ(a + u), n = tanh(a + r ⊙ u),
 * h' = (1 − z) ⊙ n + z ⊙ h, where a = W x + b and u = U h + b'. T steps, B rows, I inputs, H units.
 * Saves the gates r, z, n [T, B, 3H], h [T, B, H] before each step, and the candidate's columns of u [T, B, H].
 */
import { RecurrentArgs } from './abi.generated';
import { runBands } from './bands';
import { left, nextBlocks, right } from './blocks';
import { biasAndInputGradients, separateKernelGradients } from './gradients';
import { sigmoid, tanh } from './math';
import {
  addStateGradient,
  beginUnits,
  clearElements,
  copyElements,
  hasState,
  initializeGates,
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
export function gruForward(args: RecurrentArgs): void {
  projectInputs(args, 3);
  barrier();
  runBands(args, 3, 3, stepsForward);
}

function stepsForward(args: RecurrentArgs): void {
  const units = args.units;
  const width = 3 * units;
  const bias = args.recurrentBias;
  const u = args.scratch;
  for (let i = 0; i < args.time; i++) {
    const h = stateBefore(args, i);
    prepareRows(args, h, args.rows, units);
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (hasState(args, i)) {
        multiplyGates(args, h, units, args.recurrentKernel, args.recurrentScales, u, width, args.rows, 3, left, right, bias, 0);
      } else {
        initializeGates(bias, u, args.rows, 3, units, left, right);
      }
      stepForward(args, timeIndex(args, i), h, stateAfter(args, i), left, right);
    }
    barrier();
  }
}

/**
 * Computes dx and the gradients of the weights and of the initial state, from dy [T, B, H] and the gradient
 * of the final state.
 */
export function gruBackward(args: RecurrentArgs): void {
  const width = 3 * args.units;
  runBands(args, 3, 0, stepsBackward);
  separateKernelGradients(args, width);
  biasAndInputGradients(args, width);
}

function stepsBackward(args: RecurrentArgs): void {
  const width = 3 * args.units;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (let i = args.time - 1; i >= 0 - args.initialState; i--) {
    for (let more = beginUnits(args, i); more; more = nextBlocks()) {
      if (i < args.time - 1) {
        const duNext = stepAddress(args, args.du, timeIndex(args, i + 1), width);
        addStateGradient(args, duNext, width, width, left, right);
      }
      if (i >= 0) stepBackward(args, timeIndex(args, i), left, right);
    }
    barrier();
  }
}

/**
 * Units `start` to `end` of step t: h' and y [B, H], from u [B, 3H], which is in the scratch memory, and a [B, 3H], which
 * the gates r, z, n overwrite.
 */
function stepForward(args: RecurrentArgs, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 3 * units);
  const y = stepAddress(args, args.y, t, units);
  const savedH = stepAddress(args, args.savedH, t, units);
  const candidate = stepAddress(args, args.savedExtra, t, units);
  for (let row = 0; row < args.rows; row++) {
    const rowY = rowAddress(y, row, units);
    const rowSavedH = rowAddress(savedH, row, units);
    const rowCandidate = rowAddress(candidate, row, units);
    const rowH = rowAddress(h, row, units);
    const rowHNext = rowAddress(hNext, row, units);
    if (!isWithinLength(args, row, t)) {
      copyElements(rowH, rowHNext, start, end);
      clearElements(rowY, start, end);
      clearElements(rowSavedH, start, end);
      clearElements(rowCandidate, start, end);
      continue;
    }
    const gateR = rowAddress(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const recurrentR = rowAddress(args.scratch, row, 3 * units);
    copyElements(rowH, rowSavedH, start, end);
    copyElements(at(recurrentR, 2 * units), rowCandidate, start, end);
    let j = start;
    for (; j + 4 <= end; j += 4) cellGates(at(gateR, j), at(recurrentR, j), units, 4);
    if (j < end) cellGates(at(gateR, j), at(recurrentR, j), units, end - j);
    // In a loop of its own: shorter chains of operations that wait for each other overlap better.
    for (j = start; j + 4 <= end; j += 4) cellOutput(at(gateZ, j), units, at(rowH, j), at(rowHNext, j), at(rowY, j), 4);
    if (j < end) cellOutput(at(gateZ, j), units, at(rowH, j), at(rowHNext, j), at(rowY, j), end - j);
  }
}

/** r, z and the candidate before its tanh, of the next `count` units of a row, at most 4. The gates are `units` apart. */
@inline
function cellGates(gateR: usize, recurrentR: usize, units: i32, count: i32): void {
  const gateZ = at(gateR, units);
  const gateN = at(gateZ, units);
  const recurrentZ = at(recurrentR, units);
  const recurrentN = at(recurrentZ, units);
  const r = sigmoid(f32x4.add(v128.load(gateR), v128.load(recurrentR)));
  const z = sigmoid(f32x4.add(v128.load(gateZ), v128.load(recurrentZ)));
  storeLanes(gateR, r, count);
  storeLanes(gateZ, z, count);
  storeLanes(gateN, f32x4.add(v128.load(gateN), f32x4.mul(r, v128.load(recurrentN))), count);
}

/** n, h' and y of the next `count` units of a row, at most 4. */
@inline
function cellOutput(gateZ: usize, units: i32, h: usize, hNext: usize, y: usize, count: i32): void {
  const gateN = at(gateZ, units);
  const z = v128.load(gateZ);
  const n = tanh(v128.load(gateN));
  const output = f32x4.add(f32x4.mul(f32x4.sub(splat(1), z), n), f32x4.mul(z, v128.load(h)));
  storeLanes(gateN, n, count);
  storeLanes(hNext, output, count);
  storeLanes(y, output, count);
}

/**
 * Units `start` to `end` of step t: da and du [B, 3H], from dh and dy [B, H]. Leaves in dh the part that
 * reaches h directly, through z ⊙ h, so that du · Uᵀ can be added to it.
 */
function stepBackward(args: RecurrentArgs, t: i32, start: i32, end: i32): void {
  const units = args.units;
  const gates = stepAddress(args, args.gates, t, 3 * units);
  const savedH = stepAddress(args, args.savedH, t, units);
  const candidate = stepAddress(args, args.savedExtra, t, units);
  const dy = stepAddress(args, args.dy, t, units);
  const da = stepAddress(args, args.da, t, 3 * units);
  const du = stepAddress(args, args.du, t, 3 * units);
  for (let row = 0; row < args.rows; row++) {
    const dR = rowAddress(da, row, 3 * units);
    const dZ = at(dR, units);
    const dN = at(dZ, units);
    const duR = rowAddress(du, row, 3 * units);
    const duZ = at(duR, units);
    const duN = at(duZ, units);
    if (!isWithinLength(args, row, t)) {
      clearElements(dR, start, end);
      clearElements(dZ, start, end);
      clearElements(dN, start, end);
      clearElements(duR, start, end);
      clearElements(duZ, start, end);
      clearElements(duN, start, end);
      continue;
    }
    const gateR = rowAddress(gates, row, 3 * units);
    const rowSavedH = rowAddress(savedH, row, units);
    const rowCandidate = rowAddress(candidate, row, units);
    const rowDy = rowAddress(dy, row, units);
    const rowDh = rowAddress(args.dh, row, units);
    let j = start;
    for (; j + 4 <= end; j += 4) cellBackward(gateR, rowSavedH, rowCandidate, rowDy, rowDh, dR, duR, units, j, 4);
    if (j < end) cellBackward(gateR, rowSavedH, rowCandidate, rowDy, rowDh, dR, duR, units, j, end - j);
  }
}

/** The next `count` units of a row, at most 4, from unit j on. The gates, and their gradients, are `units` apart. */
@inline
function cellBackward(
  gates: usize, savedH: usize, candidate: usize, dy: usize, rowDh: usize, da: usize, du: usize, units: i32, j: i32,
  count: i32,
): void {
  const one = splat(1);
  const gateR = at(gates, j);
  const gateZ = at(gateR, units);
  const r = v128.load(gateR);
  const z = v128.load(gateZ);
  const n = v128.load(at(gateZ, units));
  const dh = outputGradient(rowDh, dy, j);

  const slopeN = f32x4.sub(one, f32x4.mul(n, n));
  const daN = f32x4.mul(f32x4.mul(dh, f32x4.sub(one, z)), slopeN);
  const dz = f32x4.mul(dh, f32x4.sub(v128.load(at(savedH, j)), n));
  const daZ = f32x4.mul(dz, f32x4.mul(z, f32x4.sub(one, z)));
  const dr = f32x4.mul(daN, v128.load(at(candidate, j)));
  const daR = f32x4.mul(dr, f32x4.mul(r, f32x4.sub(one, r)));
  const dR = at(da, j);
  const dZ = at(dR, units);
  const duR = at(du, j);
  const duZ = at(duR, units);
  storeLanes(dR, daR, count);
  storeLanes(dZ, daZ, count);
  storeLanes(at(dZ, units), daN, count);
  storeLanes(duR, daR, count);
  storeLanes(duZ, daZ, count);
  storeLanes(at(duZ, units), f32x4.mul(daN, r), count);
  storeLanes(at(rowDh, j), f32x4.mul(dh, z), count);
}
