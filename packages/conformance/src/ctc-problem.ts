/* The CTC losses of rows as a {@link Differentiable}, and their definition: the forward–backward algorithm, row by row. */
import { ctcLosses } from '@recurra/core/backend';
import type { Defined, Differentiable } from './finite-differences.js';
import { framesOf } from './golden-ctc.js';
import { random, type Values, whole } from './numbers.js';

export interface CtcRun {
  /** [T, B, C] */
  readonly shape: readonly [time: number, batch: number, classes: number];
  /** The labels of each row. Default: as many random ones as the row has frames for, with repeats. */
  readonly labels?: readonly (readonly number[])[];
  /** The frames of each row. Default: all. */
  readonly lengths?: readonly number[];
  /** Default 0. */
  readonly blank?: number;
  /** L, the width of the targets. Default: that of the longest row, and at least 1. */
  readonly width?: number;
  /** The class of targets past a row's labels. Default: the first that is not the blank. */
  readonly padding?: number;
  /** The largest magnitude of the logits. Default 2. */
  readonly reach?: number;
  /** The seed of the numbers. Default 0. */
  readonly seed?: number;
}

export function ctcProblem(run: CtcRun): Differentiable {
  const { shape, reach = 2, seed = 0, blank = 0, padding = blank === 0 ? 1 : 0 } = run;
  const [time, batch] = shape;
  const lengths = run.lengths ?? new Array<number>(batch).fill(time);
  const labels = run.labels ?? lengths.map((length, row) => labelsFor(run, length, batch * seed + row));
  const { width = Math.max(1, ...labels.map((row) => row.length)) } = run;
  const targets = labels.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(padding)]);
  return {
    variables: { logits: random(shape, 64 * seed + 1, -reach, reach) },
    // A frame's softmax, with its exp of numbers up to 2 · reach apart, then each step adds up three paths.
    depth: { steps: 2 * (time + 2), terms: shape[2] + 4 * reach },
    forward: (tape, { logits }) => ({
      losses: ctcLosses(
        tape,
        {
          logits,
          targets: tape.constant(targets, [batch, width]),
          lengths: tape.constant(lengths, [batch]),
          targetLengths: tape.constant(
            labels.map((row) => row.length),
            [batch],
          ),
        },
        blank,
      ),
    }),
    define: ({ logits }) => define(logits, labels, lengths, blank),
  };
}

/** Random labels, half as many as the frames, or fewer if they repeat too often. Every third repeats the one before. */
function labelsFor({ shape: [, , classes], blank = 0 }: CtcRun, length: number, seed: number): number[] {
  const others = Array.from({ length: classes }, (_, label) => label).filter((label) => label !== blank);
  const chosen = whole(Math.ceil(length / 2), seed + 7, others.length).map((i) => others[i]);
  const labels = chosen.map((label, i) => (i % 3 === 2 ? chosen[i - 1] : label));
  while (framesOf(labels) > length) labels.pop();
  return labels;
}

/** log(exp(a) + exp(b)) */
function logAdd(a: number, b: number): number {
  const most = Math.max(a, b);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
}

/** Graves et al. 2006, §4.1, in logarithms. */
function define(
  logits: Values,
  labels: readonly (readonly number[])[],
  lengths: readonly number[],
  blank: number,
): Defined {
  const [, batch, classes] = logits.shape;
  const rows = labels.map((row, b) => alignments(logits, row, lengths[b], b, blank));
  return {
    outputs: { losses: { shape: [batch], data: rows.map(({ loss }) => loss) } },
    gradients({ losses: dLosses }) {
      const data = new Float64Array(logits.data.length);
      for (const [b, { shares }] of rows.entries()) {
        for (const [t, share] of shares.entries())
          data.set(
            share.map((value) => dLosses.data[b] * value),
            (t * batch + b) * classes,
          );
      }
      return { logits: { shape: logits.shape, data } };
    },
  };
}

/** The loss of a row, and its gradient by each frame's logits: softmax minus the expected share of each class. */
function alignments(logits: Values, labels: readonly number[], length: number, b: number, blank: number) {
  const [, batch, classes] = logits.shape;
  const states = labels.flatMap((label) => [blank, label]).concat(blank);
  const log = Array.from({ length }, (_, t) => {
    const start = (t * batch + b) * classes;
    const row = Array.from({ length: classes }, (_, c) => logits.data[start + c]);
    const most = Math.max(...row);
    const total = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
    return row.map((value) => value - total);
  });
  /** log of the sum over all paths from either end to each state of each frame, that frame included. */
  const from = (frames: readonly (readonly number[])[], order: readonly number[]) => {
    let paths = order.map((_, s) => (s < 2 ? 0 : -Infinity));
    return frames.map((frame, t) => {
      paths = order.map((label, s) => {
        let sum = paths[s];
        if (t > 0 && s > 0) sum = logAdd(sum, paths[s - 1]);
        if (t > 0 && s > 1 && label !== blank && label !== order[s - 2]) sum = logAdd(sum, paths[s - 2]);
        return sum + frame[label];
      });
      return paths;
    });
  };
  const ahead = from(log, states);
  const back = from([...log].reverse(), [...states].reverse()).reverse();
  const last = ahead[length - 1];
  const total =
    length === 0
      ? 0
      : logAdd(last[states.length - 1], states.length > 1 ? last[states.length - 2] : -Infinity);
  const shares = log.map((frame, t) => {
    const share = frame.map(Math.exp);
    for (const [s, label] of states.entries())
      share[label] -= Math.exp(ahead[t][s] + back[t][states.length - 1 - s] - frame[label] - total);
    return share;
  });
  return { loss: -total, shares };
}
