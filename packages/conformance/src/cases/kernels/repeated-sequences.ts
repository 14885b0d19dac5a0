/* Repeated calls of the scan and CTC kernels, as in repeated-calls.ts: they must not affect each other. */
import { type CtcRun, ctcProblem } from '../../ctc-problem.js';
import type { Differentiable } from '../../finite-differences.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { type ScanRun, scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';
import { both } from './repeated-calls.js';

const group = 'kernels/repeated-calls';

const SCAN: ScanRun = { shape: [4, 3, 5], initialState: true, lengths: [4, 2, 3] };
const SCANS: readonly Partial<ScanRun>[] = [
  { lengths: [1, 4, 0] },
  { lengths: undefined },
  { reverse: true },
  { initialState: false },
  { shape: [5, 3, 5] },
  { shape: [4, 3, 6] },
  { shape: [4, 2, 5], lengths: [4, 3] },
  { seeded: ['state'] },
];

const CTC: CtcRun = {
  shape: [6, 2, 4],
  labels: [
    [1, 2],
    [3, 3],
  ],
  lengths: [6, 5],
};
const LOSSES: readonly Partial<CtcRun>[] = [
  { labels: [[2, 2], [1]], lengths: [4, 6] },
  {
    labels: [
      [1, 2],
      [1, 3],
    ],
    blank: 0,
    padding: 2,
    width: 3,
  },
  {
    labels: [
      [0, 1],
      [2, 2],
    ],
    blank: 3,
  },
  { shape: [7, 2, 4] },
  { shape: [6, 2, 5] },
];

const KERNELS: Readonly<Record<'scan' | 'ctc', { base: Problem; others: readonly Problem[] }>> = {
  scan: {
    base: (seed) => scanProblem({ ...SCAN, seed }),
    others: SCANS.map((run) => (seed) => scanProblem({ ...SCAN, ...run, seed })),
  },
  ctc: {
    base: (seed) => ctcProblem({ ...CTC, seed }),
    others: LOSSES.map((run) => (seed) => ctcProblem({ ...CTC, ...run, seed })),
  },
};
type Problem = (seed: number) => Differentiable;

export const repeatedSequences: Case[] = Object.entries(KERNELS).flatMap(([kernel, { base, others }]) => [
  {
    group,
    name: `${kernel}: requests that differ in one thing, one after the other`,
    async run(check) {
      const implementations = fusedIfAny(check.backend);
      for (const [i, other] of others.entries()) {
        await provesFusedAndComposed(check, other(2 * i + 1), { what: `request ${i}`, implementations });
        await provesFusedAndComposed(check, base(2 * i + 2), {
          what: `the base, after request ${i}`,
          implementations,
        });
      }
    },
  },
  {
    group,
    name: `${kernel}: forward, forward, backward, backward of one spec, in either order`,
    async run(check) {
      for (const inOrder of [false, true]) {
        const problems = [base(1), others[0](2)];
        await both(check, problems, inOrder, `backward of the ${inOrder ? 'second' : 'first'} comes last`);
      }
    },
  },
]);
