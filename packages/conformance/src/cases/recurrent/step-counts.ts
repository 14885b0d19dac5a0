/*
 * Numbers of steps, of rows times steps, and of units on both sides of tile edges, one of them large at a
 * time.
 */

import { namesOf } from '../../combinations.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import type { Case } from '../../suite.js';
import { COMBINATIONS, PLAIN_CELLS, plainProblem, type Sizes } from './plain-cells.js';

const group = 'recurrent/step-counts';
const EDGES = [31, 32, 33, 63, 64, 65, 127, 128, 129];

export const stepCounts: Case[] = Object.keys(PLAIN_CELLS).map((cell, at) => ({
  group,
  name: `${cell}: 1, 2, and ${EDGES.join(', ')} steps`,
  async run(check) {
    for (const [i, time] of [1, 2, ...EDGES].entries()) {
      const sizes: Sizes = [time, 1 + (i % 2), 2, 2 + (i % 3)];
      const row = COMBINATIONS[(3 * i + at) % COMBINATIONS.length];
      const what = `${time} steps, ${namesOf(row)}`;
      await provesFusedAndComposed(check, plainProblem(cell, sizes, row, i), {
        what,
        implementations: fusedIfAny(check.backend),
      });
    }
  },
}));
