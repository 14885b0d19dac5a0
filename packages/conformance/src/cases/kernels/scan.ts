/*
 * Scans of sizes on both sides of the edges of blocks: of time, which kernels may cut into chunks that they scan in parallel,
 * of rows and of units. Each size comes with combinations of lengths, direction and initial state.
 */
import { combinations, namesOf } from '../../combinations.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { type ScanRun, scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';
import { lengthsOf } from '../recurrent/plain-cells.js';

const group = 'kernels/scan';
const ROWS = combinations(['lengths', 'reverse', 'initialState']);
const countOn = (row: object) => Object.values(row).filter(Boolean).length;
const SUBSETS: readonly ScanRun['seeded'][] = [undefined, ['y'], ['state']];

const SIZES: Readonly<Record<string, readonly ScanRun['shape'][]>> = {
  'steps at the edges of chunks': [1, 2, 31, 32, 33, 63, 64, 65].map((time) => [time, 2, 3]),
  'hundreds of steps': [255, 256, 257, 513].map((time, i) => [time, 1 + (i % 2), 2]),
  'units at the edges of blocks': [1, 16, 17, 33, 64, 65, 129].map((units) => [5, 2, units]),
  'rows at the edges of blocks': [1, 32, 33, 65, 129].map((batch) => [5, batch, 3]),
  'many rows, and many steps': [
    [3, 257, 9],
    [129, 5, 17],
  ],
};

const sizes: Case[] = Object.entries(SIZES).map(([name, shapes]) => ({
  group,
  name,
  async run(check) {
    for (const [i, shape] of shapes.entries()) {
      // Half of the combinations: any two options occur in all four settings.
      const rows = ROWS.filter((row) => countOn(row) % 2 === i % 2);
      for (const [j, { lengths, ...options }] of rows.entries()) {
        const [time, batch] = shape;
        const seed = 4 * i + j;
        const problem = scanProblem({
          ...options,
          shape,
          ...(lengths && { lengths: lengthsOf(time, batch, seed) }),
          seeded: SUBSETS[seed % SUBSETS.length],
          seed,
        });
        const what = `${shape.join(' × ')}, ${namesOf(rows[j])}`;
        await provesFusedAndComposed(check, problem, { what, implementations: fusedIfAny(check.backend) });
      }
    }
  },
}));

/** The factors of an open gate, of one that forgets, and of one that is almost shut. */
const RANGES: Readonly<Record<string, ScanRun['range']>> = {
  'the state stays': [1, 1],
  'the state hardly changes': [0.99, 1],
  'the state is forgotten': [0, 0],
  'the state almost vanishes in each step': [0, 1e-6],
  'the state changes its sign': [-1, -0.9],
};

const ranges: Case[] = Object.entries(RANGES).map(([name, range]) => ({
  group,
  name,
  async run(check) {
    for (const reverse of [false, true]) {
      const problem = scanProblem({ shape: [70, 2, 3], initialState: true, reverse, range });
      await provesFusedAndComposed(check, problem, { what: reverse ? 'reverse' : 'ahead' });
    }
  },
}));

export const scanKernels: Case[] = [...sizes, ...ranges];
