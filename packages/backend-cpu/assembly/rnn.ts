/* h' = activation(W x + b + U h); the activation is tanh or relu. */
import { left, nextBlocks, right } from './blocks';
import { tanh } from './math';
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

export function rnnForward(walk: Walk): void {
  const units = walk.units;
  projectInputs(walk, 1);
  meet();
  for (let i = 0; i < walk.time; i++) {
    const t = walk.place(i);
    const h = walk.hBefore(i);
    const a = walk.stepOf(walk.gates, t, units);
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      multiplyGates(h, units, walk.recurrentKernel, a, units, walk.batch, 1, units, left, right, true);
      step(walk, t, h, walk.hAfter(i), left, right);
    }
    meet();
  }
}

export function rnnBackward(walk: Walk): void {
  const units = walk.units;
  // The last turn brings the gradient of the state that the walk started from.
  for (let i = walk.time - 1; i >= -1; i--) {
    for (let some = shareUnits(walk); some; some = nextBlocks()) {
      if (i < walk.time - 1) carryBack(walk, walk.stepOf(walk.da, walk.place(i + 1), units), units, units, left, right);
      if (i >= 0) stepBack(walk, walk.place(i), left, right);
    }
    meet();
  }
  gradientOfRecurrentKernel(walk, walk.before, 0, units, units);
  gradientsOfInputs(walk, units);
}

/** For some units, the new state, and the output. */
function step(walk: Walk, t: i32, h: usize, hNext: usize, start: i32, end: i32): void {
  const units = walk.units;
  const y = walk.stepOf(walk.y, t, units);
  const a = walk.stepOf(walk.gates, t, units);
  const before = walk.stepOf(walk.before, t, units);
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
    const rowA = rowOf(a, row, units);
    keep(rowH, rowBefore, start, end);
    for (let i = start; i < end; i += 4) {
      const x = v128.load(at(rowA, i));
      const result = walk.relu ? f32x4.max(x, splat(0)) : tanh(x);
      storeLanes(at(rowHNext, i), result, units - i);
      storeLanes(at(rowY, i), result, units - i);
    }
  }
}

/** For some units, from dh and dy to da. dh is left 0 where it was used, so that da · Uᵀ can be added to it. */
function stepBack(walk: Walk, t: i32, start: i32, end: i32): void {
  const units = walk.units;
  const y = walk.stepOf(walk.y, t, units);
  const dy = walk.stepOf(walk.dy, t, units);
  const da = walk.stepOf(walk.da, t, units);
  const one = splat(1);
  for (let row = 0; row < walk.batch; row++) {
    const rowDa = rowOf(da, row, units);
    if (!walk.takesPart(row, t)) {
      clear(rowDa, start, end);
      continue;
    }
    const rowY = rowOf(y, row, units);
    const rowDy = rowOf(dy, row, units);
    const rowDh = rowOf(walk.dh, row, units);
    for (let i = start; i < end; i += 4) {
      const result = v128.load(at(rowY, i));
      const slope = walk.relu
        ? v128.and(f32x4.gt(result, splat(0)), one)
        : f32x4.sub(one, f32x4.mul(result, result));
      storeLanes(at(rowDa, i), f32x4.mul(outputGradient(rowDh, rowDy, i), slope), units - i);
    }
    clear(rowDh, start, end);
  }
}
