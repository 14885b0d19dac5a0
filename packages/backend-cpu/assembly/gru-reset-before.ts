/*
 * The GRU whose reset gate comes before the recurrent product (Cho et al. 2014): r, z = σ(a), n = tanh(a),
 * h' = (1 − z) ⊙ n + z ⊙ h. The product (r ⊙ h) · U_n needs r, so a step has two halves: the gates, for which a holds
 * W x + b + U h, and the candidate, for which it holds W x + b + U (r ⊙ h).
 */
import { sigmoid, tanh } from './math';
import { clear, keep, outputGradient, rowOf, takesPart } from './sequence';
import { at, splat, storeLanes } from './vector';

/** First half of step t: r and z of `gates` [rows, 3 · units] in place, and `reset` [rows, units] = r ⊙ h. */
export function gruBeforeGatesForward(
  gates: usize, h: usize, reset: usize, rows: i32, units: i32, lengths: usize, t: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const rowReset = rowOf(reset, row, units);
    if (!takesPart(lengths, row, t)) {
      clear(rowReset, units);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const gateZ = at(gateR, units);
    const rowH = rowOf(h, row, units);
    for (let j = 0; j < units; j += 4) {
      const count = units - j;
      const r = sigmoid(v128.load(at(gateR, j)));
      const z = sigmoid(v128.load(at(gateZ, j)));
      storeLanes(at(gateR, j), r, count);
      storeLanes(at(gateZ, j), z, count);
      storeLanes(at(rowReset, j), f32x4.mul(r, v128.load(at(rowH, j))), count);
    }
  }
}

/** Second half of step t: n of `gates` in place, the output y and the new h; `before` (or 0) keeps the old one. */
export function gruBeforeCandidateForward(
  gates: usize, h: usize, y: usize, before: usize, rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    if (!takesPart(lengths, row, t)) {
      clear(rowY, units);
      clear(rowBefore, units);
      continue;
    }
    const gateZ = at(rowOf(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    const rowH = rowOf(h, row, units);
    keep(rowH, rowBefore, units);
    for (let j = 0; j < units; j += 4) {
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

/**
 * The way back of the second half: from dh and dy (or 0) to z's and n's parts of da [rows, 3 · units]. dh is left with
 * what goes past the gates.
 */
export function gruBeforeCandidateBackward(
  gates: usize, before: usize, dy: usize, dh: usize, da: usize, rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const dZ = at(rowOf(da, row, 3 * units), units);
    if (!takesPart(lengths, row, t)) {
      clear(dZ, 2 * units);
      continue;
    }
    const dN = at(dZ, units);
    const gateZ = at(rowOf(gates, row, 3 * units), units);
    const gateN = at(gateZ, units);
    const rowBefore = rowOf(before, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(dh, row, units);
    for (let j = 0; j < units; j += 4) {
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

/**
 * The way back of the first half: from dReset [rows, units], the gradient of r ⊙ h, to r's part of da; its share is added
 * to dh, and then the gates' parts of da · Uᵀ can be.
 */
export function gruBeforeGatesBackward(
  gates: usize, before: usize, dReset: usize, dh: usize, da: usize, rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const dR = rowOf(da, row, 3 * units);
    if (!takesPart(lengths, row, t)) {
      clear(dR, units);
      continue;
    }
    const gateR = rowOf(gates, row, 3 * units);
    const rowBefore = rowOf(before, row, units);
    const rowDReset = rowOf(dReset, row, units);
    const rowDh = rowOf(dh, row, units);
    for (let j = 0; j < units; j += 4) {
      const count = units - j;
      const r = v128.load(at(gateR, j));
      const toReset = v128.load(at(rowDReset, j));
      const toR = f32x4.mul(toReset, v128.load(at(rowBefore, j)));
      storeLanes(at(dR, j), f32x4.mul(toR, f32x4.mul(r, f32x4.sub(one, r))), count);
      storeLanes(at(rowDh, j), f32x4.add(v128.load(at(rowDh, j)), f32x4.mul(toReset, r)), count);
    }
  }
}
