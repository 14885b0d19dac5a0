/*
 * CTC losses of sizes on both sides of the edges of blocks: of frames, of classes, of rows, and of labels, whose states (two
 * for each label, and one) a kernel may divide among the threads of a workgroup.
 */
import type { Check } from '../../check.js';
import { type CtcRun, ctcProblem } from '../../ctc-problem.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import type { Case } from '../../suite.js';

const group = 'kernels/ctc';

/** `count` labels of `classes` classes; the blank is 0. In every third pair the second repeats the first. */
const labelsOf = (count: number, classes: number) =>
  Array.from({ length: count }, (_, i) => 1 + ((i - (i % 3 === 2 ? 1 : 0)) % (classes - 1)));

/** A row of so many labels, in as few frames as it can be read from and `more`, and a short row. */
const ofLabels = (count: number, more = 3): CtcRun => {
  const labels = labelsOf(count, 5);
  const time = count + Math.floor(count / 3) + more;
  return { shape: [time, 2, 5], labels: [labels, [1]], lengths: [time, 4] };
};

const RUNS: Readonly<Record<string, readonly CtcRun[]>> = {
  'frames at the edges of blocks': [1, 2, 31, 32, 33, 63, 64, 65].map((time) => ({
    shape: [time, 2, 4],
    lengths: [time, Math.ceil(time / 2)],
  })),
  'labels at the edges of blocks': [15, 16, 31, 32, 33, 63, 64].map((count) => ofLabels(count)),
  'labels past a workgroup, hundreds of frames': [
    ...[128, 129, 257].map((count) => ofLabels(count, count % 2)),
    ...[256, 257, 513].map((time) => ({
      shape: [time, 2, 4] as const,
      labels: [labelsOf(7, 4), labelsOf(20, 4)],
      lengths: [time, time - 1],
    })),
  ],
  'classes at the edges of blocks': [2, 15, 16, 17, 63, 64, 65, 257].map((classes) => ({
    shape: [6, 2, classes],
    blank: classes - 1,
  })),
  'rows at the edges of blocks': [1, 31, 32, 33, 64, 65].map((batch) => ({
    shape: [5, batch, 3],
    lengths: Array.from({ length: batch }, (_, row) => (row === batch - 1 ? 5 : (row * 3) % 6)),
  })),
  'far more targets than labels': [{ shape: [4, 2, 3], labels: [[1, 2], [2]], width: 70 }],
};

/**
 * Composed, a frame takes tens of calls and there are no blocks, so that few frames are enough. On a float64 backend, which is for
 * proofs, all of them are composed.
 */
const FEW_FRAMES = 33;

function runsFor({ backend, precision }: Check, runs: readonly CtcRun[]): readonly CtcRun[] {
  if (backend.fused.ctc || precision === 'float64') return runs;
  return runs.filter(({ shape: [time] }, i) => i === 0 || time <= FEW_FRAMES);
}

const sizes: Case[] = Object.entries(RUNS).map(([name, runs]) => ({
  group,
  name,
  async run(check) {
    for (const [seed, run] of runsFor(check, runs).entries()) {
      const labels = run.labels?.map((row) => row.length).join() ?? 'random';
      await provesFusedAndComposed(check, ctcProblem({ ...run, seed }), {
        what: `${run.shape.join(' × ')}, ${labels} labels`,
        implementations: fusedIfAny(check.backend),
      });
    }
  },
}));

/** Probabilities that underflow, and paths whose probabilities differ so much that all but one vanish. */
const ranges: Case[] = [30, 1000].map((reach) => ({
  group,
  name: `logits up to ${reach}`,
  run: (check) =>
    provesFusedAndComposed(
      check,
      ctcProblem({ shape: [9, 3, 4], labels: [[1, 2, 3], [2, 2], []], lengths: [9, 7, 4], reach }),
    ),
}));

export const ctcKernels: Case[] = [...sizes, ...ranges];
