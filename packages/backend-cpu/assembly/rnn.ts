/* h' = activation(W x + b + U h); the activation is tanh or relu. */
import { tanh } from './math';
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

export function rnnForward(walk: Walk): void {
  const units = walk.units;
  projectInputs(walk, units);
  for (let i = 0; i < walk.time; i++) {
    const t = walk.place(i);
    const a = walk.stepOf(walk.gates, t, units);
    multiplyOwn(walk.h, units, walk.recurrentKernel, a, units, walk.batch, units, units, true);
    barrier();
    step(walk, t);
    barrier();
  }
}

export function rnnBackward(walk: Walk): void {
  const units = walk.units;
  for (let i = walk.time - 1; i >= 0; i--) {
    const t = walk.place(i);
    stepBack(walk, t);
    barrier();
    const da = walk.stepOf(walk.da, t, units);
    multiplyOwn(da, units, walk.recurrentKernel, walk.dh, units, walk.batch, units, units, true);
  }
  gradientsOfInputs(walk, units);
  gradientOfRecurrentKernel(walk, walk.before, 0, units, units);
}

function step(walk: Walk, t: i32): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
  const y = walk.stepOf(walk.y, t, units);
  const a = walk.stepOf(walk.gates, t, units);
  const before = walk.stepOf(walk.before, t, units);
  for (let row = 0; row < walk.batch; row++) {
    const rowY = rowOf(y, row, units);
    const rowBefore = rowOf(before, row, units);
    if (!walk.takesPart(row, t)) {
      clear(rowY, start, end);
      clear(rowBefore, start, end);
      continue;
    }
    const rowA = rowOf(a, row, units);
    const rowH = rowOf(walk.h, row, units);
    keep(rowH, rowBefore, start, end);
    for (let i = start; i < end; i += 4) {
      const x = v128.load(at(rowA, i));
      const result = walk.relu ? f32x4.max(x, splat(0)) : tanh(x);
      storeLanes(at(rowH, i), result, units - i);
      storeLanes(at(rowY, i), result, units - i);
    }
  }
}

/** From dh and dy to da. dh is left 0 where it was used, so that da · Uᵀ can be added to it. */
function stepBack(walk: Walk, t: i32): void {
  const units = walk.units;
  const start = ownStart(units);
  const end = ownEnd(units);
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
