/*
 * The GRU whose reset gate comes after the recurrent product (cuDNN's): r, z = σ(a + u), n = tanh(a + r ⊙ u),
 * h' = (1 − z) ⊙ n + z ⊙ h, where a = W x + b and u = U h + b' have been computed.
 */
import { sigmoid, tanh } from './math';
import { clear, keep, outputGradient, rowOf, takesPart } from './sequence';
import { at, splat, storeLanes } from './vector';

/**
 * Step t of all rows. `gates` [rows, 3 · units] holds a and is left with r, z, n; `recurrent` [rows, 3 · units] is u. From
 * the state h [rows, units] to the output y and the new h; `before` and `candidate` (or 0) keep the old h and u's third part.
 */
export function gruForward(
  gates: usize, recurrent: usize, h: usize, y: usize, before: usize, candidate: usize,
  rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    const rowCandidate = rowOf(candidate, row, units);
    if (!takesPart(lengths, row, t)) {
      clear(rowY, units);
      clear(rowBefore, units);
      clear(rowCandidate, units);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const gateN = at(gateZ, units);
    const recurrentR = rowOf(recurrent, row, 3 * units);
    const recurrentZ = at(recurrentR, units);
    const recurrentN = at(recurrentZ, units);
    const rowH = rowOf(h, row, units);
    keep(rowH, rowBefore, units);
    keep(recurrentN, rowCandidate, units);
    for (let j = 0; j < units; j += 4) {
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

/**
 * The way back of step t: from dh and dy (or 0) to da and du [rows, 3 · units]. dh is left with what goes past the gates,
 * so that du · Uᵀ can be added to it.
 */
export function gruBackward(
  gates: usize, before: usize, candidate: usize, dy: usize, dh: usize, da: usize, du: usize,
  rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const dR = rowOf(da, row, 3 * units);
    const duR = rowOf(du, row, 3 * units);
    if (!takesPart(lengths, row, t)) {
      clear(dR, 3 * units);
      clear(duR, 3 * units);
      continue;
    }
    const dZ = at(dR, units);
    const dN = at(dZ, units);
    const duZ = at(duR, units);
    const duN = at(duZ, units);
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const gateN = at(gateZ, units);
    const rowBefore = rowOf(before, row, units);
    const rowCandidate = rowOf(candidate, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(dh, row, units);
    for (let j = 0; j < units; j += 4) {
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
