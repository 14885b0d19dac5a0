/*
 * Inputs far larger and far smaller than usual: saturated gates must not give NaN, and no input may be
 * clamped.
 */

import { namesOf } from '../../combinations.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';
import { COMBINATIONS, lengthsOf, PLAIN_CELLS } from './plain-cells.js';

const group = 'recurrent/ranges-of-inputs';
const SHAPE = [4, 3, 2];

export const rangesOfInputs: Case[] = Object.entries(PLAIN_CELLS).flatMap(([cell, make]) =>
  [1000, 1e5, 0.01].map((reach) => ({
    group,
    name: `${cell}: inputs up to ${reach}`,
    async run(check) {
      for (const [seed, row] of COMBINATIONS.entries()) {
        const { lengths, goBackwards, initialState, bias } = row;
        const problem = layerProblem(make({ units: 3, returnSequences: true, goBackwards, bias }), {
          kind: 'sequence',
          shape: SHAPE,
          ...(lengths && { lengths: lengthsOf(SHAPE[0], SHAPE[1], seed) }),
          initialState,
          reach,
          seed,
        });
        await provesFusedAndComposed(check, problem, {
          what: namesOf(row),
          implementations: fusedIfAny(check.backend),
        });
      }
    },
  })),
);
