/* The numbers of a scenario: drawn from a seed, so that every system, in whatever process, gets the same. */
import { type NDArray, type Shape, seededRandom } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { gateCount, type Scenario, taskSize } from './scenarios.js';

export interface Problem {
  readonly scenario: Scenario;
  /** By Recurra's names, in Recurra's layout and gate order (docs/semantics.md). */
  readonly weights: Readonly<Record<string, NDArray>>;
  /** [T, B, I]; for a stream the frames, [T, 1, I]; for a task the samples, [N, T, I]. */
  readonly x: NDArray;
  /** Of the output's shape, [T, B, O]: the target in training, the gradient of y in `gradients`. For a task, [N, 1]. */
  readonly target: NDArray;
}

/** Rows of a batch repeat after this many, so that the float64 reference need not compute them all. */
export const distinctRows = 2;

/** Frames of a stream that are compared. */
const streamFrames = 20;

export function problemOf(scenario: Scenario): Problem {
  const { cell, mode, shape, resetAfter = true, outputs } = scenario;
  const { B, I, H } = shape;
  const T = mode === 'stream' ? streamFrames : shape.T;
  const gates = gateCount[cell] * H;
  const uniform = (name: string, of: Shape, scale: number) => {
    const from = seededRandom(1, scenario.name, name);
    return {
      data: Float32Array.from({ length: sizeOf(of) }, () => scale * (2 * from.uniform() - 1)),
      shape: of,
    };
  };
  const sequence = (name: string, width: number) =>
    repeatRows(uniform(name, [T, Math.min(B, distinctRows), width], 1), B);

  const scale = 1 / Math.sqrt(H);
  const weights = {
    '0.kernel': uniform('kernel', [I, gates], scale),
    '0.recurrentKernel': uniform('recurrentKernel', [H, gates], scale),
    '0.bias': uniform('bias', [gates], scale),
    ...(cell === 'gru' && resetAfter && { '0.recurrentBias': uniform('recurrentBias', [gates], scale) }),
    ...(outputs && {
      '1.kernel': uniform('head.kernel', [H, outputs], scale),
      '1.bias': uniform('head.bias', [outputs], scale),
    }),
  };
  if (mode === 'task') return { scenario, weights, ...addingProblem(T) };
  return { scenario, weights, x: sequence('x', I), target: sequence('target', outputs ?? H) };
}

function repeatRows({ data, shape: [T, rows, width] }: NDArray, B: number): NDArray {
  const all = new Float32Array(T * B * width);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const from = (t * rows + (b % rows)) * width;
      all.set(data.subarray(from, from + width), (t * B + b) * width);
    }
  }
  return { data: all, shape: [T, B, width] };
}

/** Feature 0 is a number, feature 1 marks two of them, one in each half. */
function addingProblem(T: number): { x: NDArray; target: NDArray } {
  const N = taskSize.samples;
  const from = seededRandom(1, 'adding-problem');
  const x = new Float32Array(N * T * 2);
  const target = new Float32Array(N);
  for (let n = 0; n < N; n++) {
    const half = Math.floor(T / 2);
    const marked = [from.integer(half), half + from.integer(T - half)];
    for (let t = 0; t < T; t++) {
      const at = (n * T + t) * 2;
      x[at] = from.uniform();
      x[at + 1] = marked.includes(t) ? 1 : 0;
      if (marked.includes(t)) target[n] += x[at];
    }
  }
  return { x: { data: x, shape: [N, T, 2] }, target: { data: target, shape: [N, 1] } };
}
