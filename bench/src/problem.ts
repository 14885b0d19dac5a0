/*
 * The numbers of a scenario, drawn from a seed, so that every system computes with the same numbers in any
 * process.
 */
import { type Shape, seededRandom } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { gateCount, type Scenario, taskSize } from './scenarios.js';

/** Row-major. */
export interface Float32NDArray {
  readonly data: Float32Array;
  readonly shape: Shape;
}

export interface Problem {
  readonly scenario: Scenario;
  /** By Recurra's names, in Recurra's layout and gate order (docs/semantics.md). */
  readonly weights: Readonly<Record<string, Float32NDArray>>;
  /** [T, B, I]; for a stream its frames, [T, 1, I]; for a task its samples, [N, T, I]. */
  readonly x: Float32NDArray;
  /** [T, B, O]: the target in training, the gradient of y in `gradients`. For a task, [N, 1]. */
  readonly target: Float32NDArray;
}

/** A batch consists of copies of this many rows, so that the slow float64 reference computes only these. */
export const distinctRows = 2;

/** The frames of a stream that are compared. */
const streamFrames = 20;

export function problemOf(scenario: Scenario): Problem {
  const { cell, mode, shape, resetAfter = true, outputs } = scenario;
  const { B, I, H } = shape;
  const T = mode === 'stream' ? streamFrames : shape.T;
  const gates = gateCount[cell] * H;
  const uniform = (name: string, shape: Shape, scale = 1 / Math.sqrt(H)) => {
    const source = seededRandom(1, scenario.name, name);
    return {
      data: Float32Array.from({ length: sizeOf(shape) }, () => scale * (2 * source.uniform() - 1)),
      shape,
    };
  };
  const sequence = (name: string, width: number) =>
    repeatRows(uniform(name, [T, Math.min(B, distinctRows), width], 1), B);

  const weights = {
    '0.kernel': uniform('kernel', [I, gates]),
    ...(cell !== 'minGru' && { '0.recurrentKernel': uniform('recurrentKernel', [H, gates]) }),
    '0.bias': uniform('bias', [gates]),
    ...(cell === 'gru' && resetAfter && { '0.recurrentBias': uniform('recurrentBias', [gates]) }),
    ...(outputs && {
      '1.kernel': uniform('head.kernel', [H, outputs]),
      '1.bias': uniform('head.bias', [outputs]),
    }),
  };
  if (mode === 'task') return { scenario, weights, ...addingProblem(T, taskSize.samples) };
  return { scenario, weights, x: sequence('x', I), target: sequence('target', outputs ?? H) };
}

/** [T, rows, F] → [T, B, F] */
function repeatRows({ data, shape: [T, rows, width] }: Float32NDArray, B: number): Float32NDArray {
  const all = new Float32Array(T * B * width);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const start = (t * rows + (b % rows)) * width;
      all.set(data.subarray(start, start + width), (t * B + b) * width);
    }
  }
  return { data: all, shape: [T, B, width] };
}

/** N samples. Feature 0 is a number; feature 1 marks two steps, one in each half of the sequence. The target is their sum. */
export function addingProblem(T: number, N: number, seed = 1): Pick<Problem, 'x' | 'target'> {
  const source = seededRandom(seed, 'adding-problem');
  const x = new Float32Array(N * T * 2);
  const target = new Float32Array(N);
  const half = Math.floor(T / 2);
  for (let n = 0; n < N; n++) {
    const marked = [source.integer(half), half + source.integer(T - half)];
    for (let t = 0; t < T; t++) {
      const i = (n * T + t) * 2;
      x[i] = source.uniform();
      if (!marked.includes(t)) continue;
      x[i + 1] = 1;
      target[n] += x[i];
    }
  }
  return { x: { data: x, shape: [N, T, 2] }, target: { data: target, shape: [N, 1] } };
}
