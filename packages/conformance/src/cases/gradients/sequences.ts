/*
 * The scan and the CTC losses, as core computes them from few numbers: against their definitions and, in float64, by finite
 * differences.
 */
import { combinations, namesOf } from '../../combinations.js';
import { type CtcRun, ctcProblem } from '../../ctc-problem.js';
import { provesGradients } from '../../finite-differences.js';
import { type ScanRun, scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';

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

export const gradientsOfSequences: Case[] = [...scans, ...losses];
