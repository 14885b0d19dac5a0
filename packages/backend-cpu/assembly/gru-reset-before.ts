/*
 * The GRU whose reset gate comes before the recurrent product (Cho et al. 2014): r, z = σ(a), n = tanh(a),
 * h' = (1 − z) ⊙ n + z ⊙ h. The product (r ⊙ h) · U_n needs r, so a step has two halves: the gates, for which a is
 * W x + b + U h, and the candidate, for which it is W x + b + U (r ⊙ h). Saves the gates, h and r ⊙ h.
 */
import { sigmoid, tanh } from './math';
import { multiplyOwn } from './matmul';
import { barrier, ownEnd, ownStart } from './team';
import { at, splat, storeLanes } from './vector';
import {
  clear,
  gradientOfRecurrentKernel,
  gradientsOfInputs,
  keep,
  outputGradient,
  projectInputs,
  rowOf,
  Walk,
} from './walk';

export function gruResetBeforeForward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  const two = 2 * units;
  const batch = walk.batch;
  projectInputs(walk, width);
  barrier();
  for (let i = 0; i < walk.time; i++) {
    const t = walk.place(i);
    const a = walk.stepOf(walk.gates, t, width);
    const reset = walk.saved ? walk.stepOf(walk.saved, t, units) : walk.scratch;
    multiplyOwn(walk.h, units, walk.recurrentKernel, a, width, batch, two, units, true);
    barrier();
    stepGates(walk, t, reset);
    barrier();
    multiplyOwn(reset, units, walk.candidateKernel, at(a, two), width, batch, units, units, true);
    stepCandidate(walk, t);
    barrier();
  }
}

export function gruResetBeforeBackward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  const two = 2 * units;
  const batch = walk.batch;
  const dReset = walk.scratch;
  for (let i = walk.time - 1; i >= 0; i--) {
    const t = walk.place(i);
    const da = walk.stepOf(walk.da, t, width);
    stepCandidateBack(walk, t);
    barrier();
    multiplyOwn(at(da, two), width, walk.candidateKernel, dReset, units, batch, units, units, false);
    stepGatesBack(walk, t, dReset);
    barrier();
    multiplyOwn(da, width, walk.recurrentKernel, walk.dh, units, batch, units, two, true);
  }
  gradientsOfInputs(walk, width);
  gradientOfRecurrentKernel(walk, walk.before, 0, two, width);
  gradientOfRecurrentKernel(walk, walk.saved, two, units, width);
}

/** r and z in place, and reset [B, H] = r ⊙ h. */
function stepGates(walk: Walk, t: i32, reset: usize): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  for (let row = 0; row < walk.batch; row++) {
    const rowReset = rowOf(reset, row, units);
    if (!walk.takesPart(row, t)) {
      clear(rowReset, start, end);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const rowH = rowOf(walk.h, row, units);
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

/** n in place, the new state, and the output. */
function stepCandidate(walk: Walk, t: i32): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const y = walk.stepOf(walk.y, t, units);
  const before = walk.stepOf(walk.before, t, units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    if (!walk.takesPart(row, t)) {
      clear(rowY, start, end);
      clear(rowBefore, start, end);
      continue;
    }
    const gateZ = at(rowOf(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    const rowH = rowOf(walk.h, row, units);
    keep(rowH, rowBefore, start, end);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const z = v128.load(at(gateZ, j));
      const n = tanh(v128.load(at(gateN, j)));
      const output = f32x4.add(f32x4.mul(f32x4.sub(one, z), n), f32x4.mul(z, v128.load(at(rowH, j))));
      storeLanes(at(gateN, j), n, count);
      storeLanes(at(rowH, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
}

/** From dh and dy to z's and n's parts of da. dh is left with what goes past the gates. */
function stepCandidateBack(walk: Walk, t: i32): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
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

/** From dReset [B, H], the gradient of r ⊙ h, to r's part of da; its share is added to dh. */
function stepGatesBack(walk: Walk, t: i32, dReset: usize): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
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
