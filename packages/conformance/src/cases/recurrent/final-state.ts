/* Layers of which only the final state is requested, so that a kernel may skip the outputs of the steps. */
import { gru, lstm, rnn } from '@recurra/core';
import { namesOf } from '../../combinations.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';
import { COMBINATIONS, lengthsOf, type Make, PLAIN_CELLS, type Sizes, subsetsOf } from './plain-cells.js';

const group = 'recurrent/final-state';

const CELLS: Readonly<Record<string, Make>> = {
  ...PLAIN_CELLS,
  'rnn, layerNorm, recurrentDropout': (options) =>
    rnn({ layerNorm: true, recurrentDropout: 0.4, ...options }),
  'lstm, projection, peepholes, clip': (options) =>
    lstm({ projection: 2, peepholes: true, clip: 0.5, ...options }),
  'gru, layerNorm': (options) => gru({ layerNorm: true, ...options }),
};

const SIZES: readonly Sizes[] = [
  [5, 3, 2, 3],
  [4, 17, 16, 15],
  [3, 16, 33, 17],
  [2, 65, 4, 64],
  [1, 4, 3, 4],
  [33, 5, 2, 8],
];

/** The final states that the gradient may come from. */
const seedsOf = (cell: string) =>
  subsetsOf(['final state0', ...(cell.startsWith('lstm') ? ['final state1'] : [])]);

export const finalState: Case[] = Object.entries(CELLS).flatMap(([cell, make]) =>
  SIZES.map(([time, batch, inputSize, units], at) => ({
    group,
    name: `${cell}: ${time} steps, ${batch} rows, ${inputSize} inputs, ${units} units`,
    async run(check) {
      const seeds = seedsOf(cell);
      // A third of the combinations at each size: every one of them at two sizes.
      for (const [i, row] of COMBINATIONS.entries()) {
        if (i % 3 !== at % 3) continue;
        const { lengths, goBackwards, initialState, bias } = row;
        const problem = layerProblem(make({ units, returnSequences: false, goBackwards, bias }), {
          kind: 'sequence',
          shape: [time, batch, inputSize],
          ...(lengths && { lengths: lengthsOf(time, batch, at + i) }),
          initialState,
          seeded: seeds[i % seeds.length],
          inputGradient: (at + i) % 3 !== 0,
          seed: 8 * at + i,
        });
        await provesFusedAndComposed(check, problem, {
          what: namesOf(row),
          implementations: fusedIfAny(check.backend),
        });
      }
    },
  })),
);
