/*
 * i, f, o = σ(a), g = tanh(a); c' = f ⊙ c + i ⊙ g; h' = o ⊙ tanh(c'), where a = W x + b + U h has been computed
 * (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).
 */
import { sigmoid, tanh } from './math';
import { clear, keep, outputGradient, rowOf, takesPart } from './sequence';
import { at, splat, storeLanes } from './vector';

/**
 * Step t of all rows. `gates` [rows, 4 · units] holds a and is left with i, f, g, o. From the state h, c [rows, units]
 * to the output y and the new state; `hBefore` and `cBefore` (or 0) keep the old one.
 */
export function lstmForward(
  gates: usize, h: usize, c: usize, y: usize, hBefore: usize, cBefore: usize,
  rows: i32, units: i32, lengths: usize, t: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const rowY = rowOf(y, row, units);
    const rowHBefore = rowOf(hBefore, row, units);
    const rowCBefore = rowOf(cBefore, row, units);
    if (!takesPart(lengths, row, t)) {
      clear(rowY, units);
      clear(rowHBefore, units);
      clear(rowCBefore, units);
      continue;
    }
    const rowH = rowOf(h, row, units);
    const rowC = rowOf(c, row, units);
    keep(rowH, rowHBefore, units);
    keep(rowC, rowCBefore, units);
    const gateI = rowOf(gates, row, 4 * units);
    const gateF = at(gateI, units);
    const gateG = at(gateF, units);
    const gateO = at(gateG, units);
    for (let j = 0; j < units; j += 4) {
      const count = units - j;
      const i = sigmoid(v128.load(at(gateI, j)));
      const f = sigmoid(v128.load(at(gateF, j)));
      const g = tanh(v128.load(at(gateG, j)));
      const o = sigmoid(v128.load(at(gateO, j)));
      const cell = f32x4.add(f32x4.mul(f, v128.load(at(rowC, j))), f32x4.mul(i, g));
      const output = f32x4.mul(o, tanh(cell));
      storeLanes(at(gateI, j), i, count);
      storeLanes(at(gateF, j), f, count);
      storeLanes(at(gateG, j), g, count);
      storeLanes(at(gateO, j), o, count);
      storeLanes(at(rowC, j), cell, count);
      storeLanes(at(rowH, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
}

/**
 * The way back of step t: from dh, dc and dy (or 0) to da [rows, 4 · units] and the dc of the step before. dh is left 0
 * where it was used, so that da · Uᵀ can be added to it.
 */
export function lstmBackward(
  gates: usize, cBefore: usize, dy: usize, dh: usize, dc: usize, da: usize,
  rows: i32, units: i32, lengths: usize, t: i32,
): void {
  const one = splat(1);
  for (let row = 0; row < rows; row++) {
    const dI = rowOf(da, row, 4 * units);
    if (!takesPart(lengths, row, t)) {
      clear(dI, 4 * units);
      continue;
    }
    const dF = at(dI, units);
    const dG = at(dF, units);
    const dO = at(dG, units);
    const gateI = rowOf(gates, row, 4 * units);
    const gateF = at(gateI, units);
    const gateG = at(gateF, units);
    const gateO = at(gateG, units);
    const rowCBefore = rowOf(cBefore, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(dh, row, units);
    const rowDc = rowOf(dc, row, units);
    for (let j = 0; j < units; j += 4) {
      const count = units - j;
      const i = v128.load(at(gateI, j));
      const f = v128.load(at(gateF, j));
      const g = v128.load(at(gateG, j));
      const o = v128.load(at(gateO, j));
      const before = v128.load(at(rowCBefore, j));
      const squashed = tanh(f32x4.add(f32x4.mul(f, before), f32x4.mul(i, g)));

      const output = outputGradient(rowDh, rowDy, j);
      const slope = f32x4.mul(o, f32x4.sub(one, f32x4.mul(squashed, squashed)));
      const cell = f32x4.add(v128.load(at(rowDc, j)), f32x4.mul(output, slope));
      storeLanes(at(dI, j), f32x4.mul(f32x4.mul(cell, g), f32x4.mul(i, f32x4.sub(one, i))), count);
      storeLanes(at(dF, j), f32x4.mul(f32x4.mul(cell, before), f32x4.mul(f, f32x4.sub(one, f))), count);
      storeLanes(at(dG, j), f32x4.mul(f32x4.mul(cell, i), f32x4.sub(one, f32x4.mul(g, g))), count);
      storeLanes(at(dO, j), f32x4.mul(f32x4.mul(output, squashed), f32x4.mul(o, f32x4.sub(one, o))), count);
      storeLanes(at(rowDc, j), f32x4.mul(cell, f), count);
    }
    clear(rowDh, units);
  }
}
