/*
 * The scan and the CTC losses, as core computes them from few numbers: against their definitions and, in float64, by finite
 * differences.
 */
import { resolveLoss, type Tape, type Tensor } from '@recurra/core';
import { combinations, namesOf } from '../../combinations.js';
import { type CtcRun, ctcProblem } from '../../ctc-problem.js';
import { infer, provesGradients } from '../../finite-differences.js';
import { type ScanRun, scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';

/** Rows of all, some and no steps. */
const LENGTHS = [4, 2, 0, 1];
/** The outputs that have a gradient, and the variables whose gradients are not requested. */
const REQUESTS: readonly Pick<ScanRun, 'seeded' | 'fixed'>[] = [
  {},
  { seeded: ['y'] },
  { seeded: ['state'] },
  { fixed: ['a'] },
  { fixed: ['b', 'h0'] },
];

const scans: Case[] = combinations(['lengths', 'reverse', 'initialState']).map((row) => ({
  group: 'gradients/scan',
  name: namesOf(row),
  async run(check) {
    const { lengths, ...options } = row;
    for (const [seed, request] of REQUESTS.entries()) {
      const run = { ...options, ...request, ...(lengths && { lengths: LENGTHS }), seed };
      await provesGradients(check, scanProblem({ ...run, shape: [4, 4, 2] }));
    }
  },
}));

const LOSSES: Readonly<Record<string, CtcRun>> = {
  'one label': { shape: [3, 2, 2], labels: [[1], [1]] },
  'several labels': { shape: [5, 3, 4], labels: [[1, 2, 3], [3, 1], [2]] },
  'no labels': { shape: [3, 2, 3], labels: [[], []], lengths: [3, 1] },
  'equal labels': {
    shape: [6, 4, 3],
    labels: [
      [1, 1, 2],
      [2, 2, 2],
      [1, 2, 1],
      [1, 1, 2, 2],
    ],
  },
  'labels of other lengths, padded with other classes': {
    shape: [5, 3, 4],
    labels: [[1, 2], [], [3]],
    width: 4,
    padding: 3,
  },
  'padded with the blank': { shape: [5, 3, 4], labels: [[1, 2], [], [3]], width: 3, padding: 0 },
  'frames of other lengths': {
    shape: [5, 4, 3],
    labels: [[1, 2], [2, 2], [2], []],
    lengths: [5, 4, 1, 3],
  },
  'no frames': { shape: [3, 3, 3], labels: [[], [1], []], lengths: [0, 3, 0] },
  'as few frames as possible': {
    shape: [5, 3, 4],
    labels: [
      [1, 2, 3, 1, 2],
      [1, 1, 1],
      [2, 2],
    ],
    lengths: [5, 5, 3],
  },
  'the blank is the last class': {
    shape: [5, 2, 4],
    labels: [
      [0, 1, 2],
      [0, 0],
    ],
    blank: 3,
  },
  'the blank is between the labels': {
    shape: [5, 2, 5],
    labels: [
      [0, 4, 3],
      [1, 1],
    ],
    blank: 2,
  },
};

const losses: Case[] = Object.entries(LOSSES).map(([name, run]) => ({
  group: 'gradients/ctc',
  name,
  run: (check) => provesGradients(check, ctcProblem(run)),
}));

/** The loss that training minimises: a mean, weighted by the samples' weights, over the rows that can be aligned. */
const loss: Case = {
  group: 'gradients/losses',
  name: 'ctc, weights, a row that cannot be aligned',
  async run(check) {
    const [time, batch, features] = [4, 4, 3];
    const weights = [1, 0.5, 3, 2];
    const labels = [[1, 2], [2, 2], [1], [1, 1, 1]];
    const lengths = [4, 3, 2, 4];
    const { compute, encode } = resolveLoss({ kind: 'ctc', zeroInfinity: true });
    const encoded = encode(labels, { batch, time, features, lengths, weights });
    // The last row needs five frames, so it counts nothing.
    const rows = ctcProblem({ shape: [time, batch, features], labels: [...labels.slice(0, 3), []], lengths });
    const right = rows.define?.(rows.variables).outputs.losses.data ?? [];
    const total = weights[0] + weights[1] + weights[2];
    const expected = [0, 1, 2].reduce((sum, row) => sum + (weights[row] * right[row]) / total, 0);
    const forward = (tape: Tape, { logits }: Readonly<Record<string, Tensor>>) => ({
      loss: compute(
        tape,
        { value: tape.softmax(logits), logits: { kind: 'softmax', value: logits } },
        encoded,
      ),
    });
    const problem = { variables: rows.variables, depth: rows.depth, forward };
    const { loss } = await infer(check.tape(), problem);
    const bound = ofDepth([expected], rows.depth, check.precision);
    check.near('loss', loss, { shape: [1], data: [expected] }, bound);
    await provesGradients(check, problem);
  },
};

export const gradientsOfSequences: Case[] = [...scans, ...losses, loss];
