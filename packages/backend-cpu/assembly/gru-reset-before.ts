/*
 * The GRU whose reset gate comes before the recurrent product (Cho et al. 2014): r, z = σ(a), n = tanh(a),
 * h' = (1 − z) ⊙ n + z ⊙ h. The product (r ⊙ h) · U_n needs r, so a step has two halves: the gates, for which a is
 * W x + b + U h, and the candidate, for which it is W x + b + U (r ⊙ h). Saves the gates, h and r ⊙ h.
 */
import { left, nextBlocks, right } from './blocks';
import { sigmoid, tanh } from './math';
import { multiplyColumns } from './matmul';
import { meet } from './team';
import { at, splat, storeLanes } from './vector';
import {
  carryBack,
  clear,
  gradientOfRecurrentKernel,
  gradientsOfInputs,
  keep,
  multiplyGates,
  outputGradient,
  projectInputs,
  rowOf,
  shareUnits,
  Walk,
} from './walk';

export function gruResetBeforeForward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  const batch = walk.batch;
  projectInputs(walk, 3);
  meet();
  for (let i = 0; i < walk.time; i++) {
    const t = walk.place(i);
    const h = walk.hBefore(i);
    const a = walk.stepOf(walk.gates, t, width);
    const reset = walk.saved ? walk.stepOf(walk.saved, t, units) : walk.scratch;
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      multiplyGates(h, units, walk.recurrentKernel, a, width, batch, 2, units, left, right, true);
      stepGates(walk, t, h, reset, left, right);
    }
    meet();
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      multiplyColumns(reset, units, walk.candidateKernel, at(a, 2 * units), width, batch, left, right, units, true);
      stepCandidate(walk, t, h, walk.hAfter(i), left, right);
    }
    meet();
  }
}

export function gruResetBeforeBackward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  const two = 2 * units;
  const dReset = walk.scratch;
  // The last turn brings the gradient of the state that the walk started from.
  for (let i = walk.time - 1; i >= -1; i--) {
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      if (i < walk.time - 1) carryBack(walk, walk.stepOf(walk.da, walk.place(i + 1), width), width, two, left, right);
      if (i >= 0) stepCandidateBack(walk, walk.place(i), left, right);
    }
    meet();
    if (i < 0) break;
    const t = walk.place(i);
    const dn = at(walk.stepOf(walk.da, t, width), two);
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      multiplyColumns(dn, width, walk.candidateKernel, dReset, units, walk.batch, left, right, units, false);
      stepGatesBack(walk, t, dReset, left, right);
    }
    meet();
  }
  gradientOfRecurrentKernel(walk, walk.before, 0, two, width);
  gradientOfRecurrentKernel(walk, walk.saved, two, units, width);
  gradientsOfInputs(walk, width);
}

/** For some units, r and z in place, and reset [B, H] = r ⊙ h. */
function stepGates(walk: Walk, t: i32, h: usize, reset: usize, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  for (let row = 0; row < walk.batch; row++) {
    const rowReset = rowOf(reset, row, units);
    if (!walk.takesPart(row, t)) {
      clear(rowReset, start, end);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const rowH = rowOf(h, row, units);
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

/** For some units, n in place, the new state, and the output. */
function stepCandidate(walk: Walk, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const y = walk.stepOf(walk.y, t, units);
  const before = walk.stepOf(walk.before, t, units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    const rowH = rowOf(h, row, units);
    const rowHNext = rowOf(hNext, row, units);
    if (!walk.takesPart(row, t)) {
      keep(rowH, rowHNext, start, end);
      clear(rowY, start, end);
      clear(rowBefore, start, end);
      continue;
    }
    const gateZ = at(rowOf(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    keep(rowH, rowBefore, start, end);
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

/** For some units, from dh and dy to z's and n's parts of da. dh is left with what goes past the gates. */
function stepCandidateBack(walk: Walk, t: i32, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const before = walk.stepOf(walk.before, t, units);
  const dy = walk.stepOf(walk.dy, t, units);
  const da = walk.stepOf(walk.da, t, 3 * units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const dZ = at(rowOf(da, row, 3 * units), units);
    const dN = at(dZ, units);
    if (!walk.takesPart(row, t)) {
      clear(dZ, start, end);
      clear(dN, start, end);
      continue;
    }
    const gateZ = at(rowOf(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    const rowBefore = rowOf(before, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(walk.dh, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const z = v128.load(at(gateZ, j));
      const n = v128.load(at(gateN, j));
      const output = outputGradient(rowDh, rowDy, j);
      const toN = f32x4.mul(f32x4.mul(output, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(n, n)));
      const toZ = f32x4.mul(output, f32x4.sub(v128.load(at(rowBefore, j)), n));
      storeLanes(at(dZ, j), f32x4.mul(toZ, f32x4.mul(z, f32x4.sub(one, z))), count);
      storeLanes(at(dN, j), toN, count);
      storeLanes(at(rowDh, j), f32x4.mul(output, z), count);
    }
  }
}

/** For some units, from dReset [B, H], the gradient of r ⊙ h, to r's part of da; its share is added to dh. */
function stepGatesBack(walk: Walk, t: i32, dReset: usize, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const before = walk.stepOf(walk.before, t, units);
  const da = walk.stepOf(walk.da, t, 3 * units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const dR = rowOf(da, row, 3 * units);
    if (!walk.takesPart(row, t)) {
      clear(dR, start, end);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const rowBefore = rowOf(before, row, units);
    const rowDReset = rowOf(dReset, row, units);
    const rowDh = rowOf(walk.dh, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = v128.load(at(gateR, j));
      const toReset = v128.load(at(rowDReset, j));
      const toR = f32x4.mul(toReset, v128.load(at(rowBefore, j)));
      storeLanes(at(dR, j), f32x4.mul(toR, f32x4.mul(r, f32x4.sub(one, r))), count);
      storeLanes(at(rowDh, j), f32x4.add(v128.load(at(rowDh, j)), f32x4.mul(toReset, r)), count);
    }
  }
}
