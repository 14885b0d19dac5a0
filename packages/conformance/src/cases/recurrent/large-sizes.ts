/*
 * Many steps, rows, inputs or units, one of them large at a time, under every combination of lengths,
 * direction and initial state. A last size, that of a forecast model, has all of them large.
 */

import { namesOf } from '../../combinations.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import type { Case } from '../../suite.js';
import { COMBINATIONS, PLAIN_CELLS, plainProblem, type Sizes } from './plain-cells.js';

const group = 'recurrent/large-sizes';

const ONE_LARGE: Readonly<Record<string, Sizes>> = {
  '200 steps': [200, 2, 2, 3],
  '130 rows, 4290 with their steps': [33, 130, 1, 2],
  '129 units': [4, 3, 2, 129],
  '129 inputs': [3, 3, 129, 3],
};

const SEVERAL_LARGE: Readonly<Record<string, Sizes>> = {
  '200 steps of one row, 17 units': [200, 1, 1, 17],
  '500 steps': [500, 1, 1, 2],
  '300 rows': [2, 300, 2, 3],
  '300 units': [2, 2, 2, 300],
  '300 inputs': [2, 2, 300, 3],
  '168 steps, 33 units': [168, 3, 7, 33],
  '4 steps, 130 rows, 35 inputs, 66 units': [4, 130, 35, 66],
};

const ALL = { lengths: true, goBackwards: true, initialState: true, bias: true };

/**
 * All combinations for the most used cell. For the others only those with a bias, which combine every two
 * options.
 */
const combinationsOf = (cell: string) =>
  cell === 'lstm' ? COMBINATIONS : COMBINATIONS.filter(({ bias }) => bias);

function casesOf(
  sizes: Readonly<Record<string, Sizes>>,
  rowsOf: (cell: string) => typeof COMBINATIONS,
): Case[] {
  return Object.entries(sizes).flatMap(([size, shape], at) =>
    Object.keys(PLAIN_CELLS).map((cell) => ({
      group,
      name: `${cell}: ${size}`,
      async run(check) {
        for (const [i, row] of rowsOf(cell).entries()) {
          const problem = plainProblem(cell, shape, row, at + i);
          await provesFusedAndComposed(check, problem, {
            what: namesOf(row),
            implementations: fusedIfAny(check.backend),
          });
        }
      },
    })),
  );
}

export const largeSizes: Case[] = [
  ...casesOf(ONE_LARGE, combinationsOf),
  ...casesOf(SEVERAL_LARGE, () => [ALL]),
];
