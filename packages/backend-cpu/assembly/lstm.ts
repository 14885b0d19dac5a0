/*
 * i, f, o = σ(a), g = tanh(a); c' = f ⊙ c + i ⊙ g; h' = o ⊙ tanh(c'), where a = W x + b + U h
 * (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000). Saves the gates, h and c.
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
  Walk,
} from './walk';

export function lstmForward(walk: Walk): void {
  const units = walk.units;
  const width = 4 * units;
  projectInputs(walk, 4);
  meet();
  for (let i = 0; i < walk.time; i++) {
    const t = walk.place(i);
    const h = walk.hBefore(i);
    const a = walk.stepOf(walk.gates, t, width);
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      multiplyGates(h, units, walk.recurrentKernel, a, width, walk.batch, 4, units, left, right, true);
      step(walk, t, h, walk.hAfter(i), left, right);
    }
    meet();
  }
}

export function lstmBackward(walk: Walk): void {
  const units = walk.units;
  const width = 4 * units;
  // The last turn brings the gradient of the state that the walk started from.
  for (let i = walk.time - 1; i >= -1; i--) {
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      if (i < walk.time - 1) carryBack(walk, walk.stepOf(walk.da, walk.place(i + 1), width), width, width, left, right);
      if (i >= 0) stepBack(walk, walk.place(i), left, right);
    }
    meet();
  }
  gradientOfRecurrentKernel(walk, walk.before, 0, width, width);
  gradientsOfInputs(walk, width);
}

/** For some units, the gates in place, from a to i, f, g, o; the new state, and the output. */
function step(walk: Walk, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 4 * units);
  const y = walk.stepOf(walk.y, t, units);
  const hBefore = walk.stepOf(walk.before, t, units);
  const cBefore = walk.stepOf(walk.saved, t, units);
  for (let row = 0; row < walk.batch; row++) {
    const rowY = rowOf(y, row, units);
    const rowHBefore = rowOf(hBefore, row, units);
    const rowCBefore = rowOf(cBefore, row, units);
    const rowH = rowOf(h, row, units);
    const rowHNext = rowOf(hNext, row, units);
    if (!walk.takesPart(row, t)) {
      keep(rowH, rowHNext, start, end);
      clear(rowY, start, end);
      clear(rowHBefore, start, end);
      clear(rowCBefore, start, end);
      continue;
    }
    const rowC = rowOf(walk.c, row, units);
    keep(rowH, rowHBefore, start, end);
    keep(rowC, rowCBefore, start, end);
    const gateI = rowOf(gates, row, 4 * units);
    const gateF = at(gateI, units);
    const gateG = at(gateF, units);
    const gateO = at(gateG, units);
    for (let j = start; j < end; j += 4) {
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
      storeLanes(at(rowHNext, j), output, count);
      storeLanes(at(rowY, j), output, count);
    }
  }
}

/**
 * For some units, from dh, dc and dy to da and the dc of the step before. dh is left 0 where it was used, so that da · Uᵀ
 * can be added to it.
 */
function stepBack(walk: Walk, t: i32, start: i32, end: i32): void {
  const units = walk.units;
  const gates = walk.stepOf(walk.gates, t, 4 * units);
  const cBefore = walk.stepOf(walk.saved, t, units);
  const dy = walk.stepOf(walk.dy, t, units);
  const da = walk.stepOf(walk.da, t, 4 * units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const dI = rowOf(da, row, 4 * units);
    const dF = at(dI, units);
    const dG = at(dF, units);
    const dO = at(dG, units);
    if (!walk.takesPart(row, t)) {
      clear(dI, start, end);
      clear(dF, start, end);
      clear(dG, start, end);
      clear(dO, start, end);
      continue;
    }
    const gateI = rowOf(gates, row, 4 * units);
    const gateF = at(gateI, units);
    const gateG = at(gateF, units);
    const gateO = at(gateG, units);
    const rowCBefore = rowOf(cBefore, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(walk.dh, row, units);
    const rowDc = rowOf(walk.dc, row, units);
    for (let j = start; j < end; j += 4) {
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
    clear(rowDh, start, end);
  }
}
