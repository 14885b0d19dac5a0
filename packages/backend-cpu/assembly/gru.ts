/*
 * The GRU with the reset gate after the recurrent product, as in cuDNN: r, z = σ(a + u), n = tanh(a + r ⊙ u),
 * h' = (1 − z) ⊙ n + z ⊙ h, where a = W x + b and u = U h + b'. T steps, B rows, I inputs, H units.
 * Saves the gates r, z, n [T, B, 3H], h [T, B, H] before each step, and the candidate's columns of u [T, B, H].
 */
import { RecurrentArgs } from './abi.generated';
import { left, nextBlocks, right } from './blocks';
import { biasAndInputGradients, separateKernelGradients } from './gradients';
import { sigmoid, tanh } from './math';
import {
  addStateGradient,
  beginUnits,
  clearElements,
  copyElements,
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
  const units = args.units;
  const width = 3 * units;
  const bias = args.recurrentBias;
  const u = args.scratch;
  projectInputs(args, 3);
  barrier();
  for (let i = 0; i < args.time; i++) {
    const h = stateBefore(args, i);
    prepareRows(args, h, args.batch, units);
    for (let more = beginUnits(args); more; more = nextBlocks()) {
      multiplyGates(args, h, units, args.recurrentKernel, args.recurrentScales, u, width, args.batch, 3, left, right, bias, 0);
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
  const units = args.units;
  const width = 3 * units;
  // Iteration i first adds to dh the gradient that comes through step i + 1. i = -1 completes dh for the initial state.
  for (let i = args.time - 1; i >= 0 - args.initialState; i--) {
    for (let more = beginUnits(args); more; more = nextBlocks()) {
      if (i < args.time - 1) {
        const duNext = stepAddress(args, args.du, timeIndex(args, i + 1), width);
        addStateGradient(args, duNext, width, width, left, right);
      }
      if (i >= 0) stepBackward(args, timeIndex(args, i), left, right);
    }
    barrier();
  }
  separateKernelGradients(args, width);
  biasAndInputGradients(args, width);
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
  const one = splat(1);
  for (let row = 0; row < args.batch; row++) {
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
    const gateN = at(gateZ, units);
    const recurrentR = rowAddress(args.scratch, row, 3 * units);
    const recurrentZ = at(recurrentR, units);
    const recurrentN = at(recurrentZ, units);
    copyElements(rowH, rowSavedH, start, end);
    copyElements(recurrentN, rowCandidate, start, end);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = sigmoid(f32x4.add(v128.load(at(gateR, j)), v128.load(at(recurrentR, j))));
      const z = sigmoid(f32x4.add(v128.load(at(gateZ, j)), v128.load(at(recurrentZ, j))));
      const n = tanh(f32x4.add(v128.load(at(gateN, j)), f32x4.mul(r, v128.load(at(recurrentN, j)))));
      const output = f32x4.add(f32x4.mul(f32x4.sub(one, z), n), f32x4.mul(z, v128.load(at(rowH, j))));
      storeLanes(at(gateR, j), r, count);
      storeLanes(at(gateZ, j), z, count);
      storeLanes(at(gateN, j), n, count);
      storeLanes(at(rowHNext, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
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
  const one = splat(1);
  for (let row = 0; row < args.batch; row++) {
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
    const gateZ = at(gateR, units);
    const gateN = at(gateZ, units);
    const rowSavedH = rowAddress(savedH, row, units);
    const rowCandidate = rowAddress(candidate, row, units);
    const rowDy = rowAddress(dy, row, units);
    const rowDh = rowAddress(args.dh, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = v128.load(at(gateR, j));
      const z = v128.load(at(gateZ, j));
      const n = v128.load(at(gateN, j));
      const dh = outputGradient(rowDh, rowDy, j);

      const slopeN = f32x4.sub(one, f32x4.mul(n, n));
      const daN = f32x4.mul(f32x4.mul(dh, f32x4.sub(one, z)), slopeN);
      const dz = f32x4.mul(dh, f32x4.sub(v128.load(at(rowSavedH, j)), n));
      const daZ = f32x4.mul(dz, f32x4.mul(z, f32x4.sub(one, z)));
      const dr = f32x4.mul(daN, v128.load(at(rowCandidate, j)));
      const daR = f32x4.mul(dr, f32x4.mul(r, f32x4.sub(one, r)));
      storeLanes(at(dR, j), daR, count);
      storeLanes(at(dZ, j), daZ, count);
      storeLanes(at(dN, j), daN, count);
      storeLanes(at(duR, j), daR, count);
      storeLanes(at(duZ, j), daZ, count);
      storeLanes(at(duN, j), f32x4.mul(daN, r), count);
      storeLanes(at(rowDh, j), f32x4.mul(dh, z), count);
    }
  }
}
