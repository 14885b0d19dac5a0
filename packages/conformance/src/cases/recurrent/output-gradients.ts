/*
 * The gradient may come from any of the outputs and final states: from y alone, from h alone, from h and c,
 * and so on. The gradients of the others are undefined. Each set is tested under every combination of
 * lengths, direction and initial state.
 */

import { namesOf } from '../../combinations.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';
import { COMBINATIONS, lengthsOf, outputsOf, PLAIN_CELLS, subsetsOf } from './plain-cells.js';

const group = 'recurrent/output-gradients';
const SHAPE = [5, 3, 2];
const LETTERS: Readonly<Record<string, string>> = { output0: 'y', 'final state0': 'h', 'final state1': 'c' };

export const outputGradients: Case[] = Object.entries(PLAIN_CELLS).flatMap(([cell, make]) =>
  subsetsOf(outputsOf(cell)).map((seeded) => ({
    group,
    name: `${cell}: a gradient of ${seeded.map((name) => LETTERS[name]).join(' and ')} alone`,
    async run(check) {
      for (const [seed, row] of COMBINATIONS.entries()) {
        const { lengths, goBackwards, initialState, bias } = row;
        for (const inputGradient of [true, false]) {
          const problem = layerProblem(make({ units: 3, returnSequences: true, goBackwards, bias }), {
            kind: 'sequence',
            shape: SHAPE,
            ...(lengths && { lengths: lengthsOf(SHAPE[0], SHAPE[1], seed) }),
            initialState,
            seeded,
            inputGradient,
            seed,
          });
          const what = `${namesOf(row)}${inputGradient ? '' : ', without that of x'}`;
          await provesFusedAndComposed(check, problem, { what, implementations: fusedIfAny(check.backend) });
        }
      }
    },
  })),
);
