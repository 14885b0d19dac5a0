/*
 * The GRU whose reset gate comes after the recurrent product (cuDNN's): r, z = σ(a + u), n = tanh(a + r ⊙ u),
 * h' = (1 − z) ⊙ n + z ⊙ h, where a = W x + b and u = U h + b'. Saves the gates, h and the candidate's part of u.
 */
import { left, nextBlocks, right } from './blocks';
import { sigmoid, tanh } from './math';
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
  spreadBias,
  Walk,
} from './walk';

export function gruForward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  const biased = walk.recurrentBias != 0;
  const u = walk.scratch;
  projectInputs(walk, 3);
  meet();
  for (let i = 0; i < walk.time; i++) {
    const h = walk.hBefore(i);
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      spreadBias(walk.recurrentBias, u, walk.batch, 3, units, left, right);
      multiplyGates(h, units, walk.recurrentKernel, u, width, walk.batch, 3, units, left, right, biased);
      step(walk, walk.place(i), h, walk.hAfter(i), left, right);
    }
    meet();
  }
}

export function gruBackward(walk: Walk): void {
  const units = walk.units;
  const width = 3 * units;
  // The last turn brings the gradient of the state that the walk started from.
  for (let i = walk.time - 1; i >= -1; i--) {
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      if (i < walk.time - 1) carryBack(walk, walk.stepOf(walk.du, walk.place(i + 1), width), width, width, left, right);
      if (i >= 0) stepBack(walk, walk.place(i), left, right);
    }
    meet();
  }
  gradientOfRecurrentKernel(walk, walk.before, 0, width, width);
  gradientsOfInputs(walk, width);
}

/** For some units, the gates in place, from a to r, z, n; the new state, and the output. u is in the scratch memory. */
function step(walk: Walk, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 3 * units);
  const y = walk.stepOf(walk.y, t, units);
  const before = walk.stepOf(walk.before, t, units);
  const candidate = walk.stepOf(walk.saved, t, units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    const rowCandidate = rowOf(candidate, row, units);
    const rowH = rowOf(h, row, units);
    const rowHNext = rowOf(hNext, row, units);
    if (!walk.takesPart(row, t)) {
      keep(rowH, rowHNext, start, end);
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
      storeLanes(at(rowHNext, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
}

/**
 * For some units, from dh and dy to da and du. dh is left with what goes past the gates, so that du · Uᵀ can be added to
 * it.
 */
function stepBack(walk: Walk, t: i32, start: i32, end: i32): void {
  const units = walk.units;
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
