/*
 * The GRU whose reset gate comes after the recurrent product (cuDNN's): r, z = σ(a + u), n = tanh(a + r ⊙ u),
 * h' = (1 − z) ⊙ n + z ⊙ h, where a = W x + b and u = U h + b'. Saves the gates, h and the candidate's part of u.
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
  spreadOwn,
  Walk,
} from './walk';

export function gruForward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  projectInputs(walk, width);
  for (let i = 0; i < walk.time; i++) {
    const t = walk.place(i);
    spreadOwn(walk.recurrentBias, walk.scratch, walk.batch, width);
    const biased = walk.recurrentBias != 0;
    multiplyOwn(walk.h, units, walk.recurrentKernel, walk.scratch, width, walk.batch, width, units, biased);
    barrier();
    step(walk, t);
    barrier();
  }
}

export function gruBackward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  for (let i = walk.time - 1; i >= 0; i--) {
    const t = walk.place(i);
    stepBack(walk, t);
    barrier();
    const du = walk.stepOf(walk.du, t, width);
    multiplyOwn(du, width, walk.recurrentKernel, walk.dh, units, walk.batch, units, width, true);
  }
  gradientsOfInputs(walk, width);
  gradientOfRecurrentKernel(walk, walk.before, 0, width, width);
}

/** The gates in place, from a to r, z, n; the new state, and the output. u is in the scratch memory. */
function step(walk: Walk, t: i32): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const y = walk.stepOf(walk.y, t, units);
  const before = walk.stepOf(walk.before, t, units);
  const candidate = walk.stepOf(walk.saved, t, units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    const rowCandidate = rowOf(candidate, row, units);
    if (!walk.takesPart(row, t)) {
      clear(rowY, start, end);
      clear(rowBefore, start, end);
      clear(rowCandidate, start, end);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const gateN = at(gateZ, units);
    const recurrentR = rowOf(walk.scratch, row, 3 * units);
    const recurrentZ = at(recurrentR, units);
    const recurrentN = at(recurrentZ, units);
    const rowH = rowOf(walk.h, row, units);
    keep(rowH, rowBefore, start, end);
    keep(recurrentN, rowCandidate, start, end);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = sigmoid(f32x4.add(v128.load(at(gateR, j)), v128.load(at(recurrentR, j))));
      const z = sigmoid(f32x4.add(v128.load(at(gateZ, j)), v128.load(at(recurrentZ, j))));
      const n = tanh(f32x4.add(v128.load(at(gateN, j)), f32x4.mul(r, v128.load(at(recurrentN, j)))));
      const output = f32x4.add(f32x4.mul(f32x4.sub(one, z), n), f32x4.mul(z, v128.load(at(rowH, j))));
      storeLanes(at(gateR, j), r, count);
      storeLanes(at(gateZ, j), z, count);
      storeLanes(at(gateN, j), n, count);
      storeLanes(at(rowH, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
}

/** From dh and dy to da and du. dh is left with what goes past the gates, so that du · Uᵀ can be added to it. */
function stepBack(walk: Walk, t: i32): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const before = walk.stepOf(walk.before, t, units);
  const candidate = walk.stepOf(walk.saved, t, units);
  const dy = walk.stepOf(walk.dy, t, units);
  const da = walk.stepOf(walk.da, t, 3 * units);
  const du = walk.stepOf(walk.du, t, 3 * units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const dR = rowOf(da, row, 3 * units);
    const dZ = at(dR, units);
    const dN = at(dZ, units);
    const duR = rowOf(du, row, 3 * units);
    const duZ = at(duR, units);
    const duN = at(duZ, units);
    if (!walk.takesPart(row, t)) {
      clear(dR, start, end);
      clear(dZ, start, end);
      clear(dN, start, end);
      clear(duR, start, end);
      clear(duZ, start, end);
      clear(duN, start, end);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const gateN = at(gateZ, units);
    const rowBefore = rowOf(before, row, units);
    const rowCandidate = rowOf(candidate, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(walk.dh, row, units);
    for (let j = start; j < end; j += 4) {
      const count = units - j;
      const r = v128.load(at(gateR, j));
      const z = v128.load(at(gateZ, j));
      const n = v128.load(at(gateN, j));
      const output = outputGradient(rowDh, rowDy, j);

      const slopeN = f32x4.sub(one, f32x4.mul(n, n));
      const toN = f32x4.mul(f32x4.mul(output, f32x4.sub(one, z)), slopeN);
      const toZ = f32x4.mul(output, f32x4.sub(v128.load(at(rowBefore, j)), n));
      const preZ = f32x4.mul(toZ, f32x4.mul(z, f32x4.sub(one, z)));
      const toR = f32x4.mul(toN, v128.load(at(rowCandidate, j)));
      const preR = f32x4.mul(toR, f32x4.mul(r, f32x4.sub(one, r)));
      storeLanes(at(dR, j), preR, count);
      storeLanes(at(dZ, j), preZ, count);
      storeLanes(at(dN, j), toN, count);
      storeLanes(at(duR, j), preR, count);
      storeLanes(at(duZ, j), preZ, count);
      storeLanes(at(duN, j), f32x4.mul(toN, r), count);
      storeLanes(at(rowDh, j), f32x4.mul(output, z), count);
    }
  }
}
