/* The gradients of minGru, minLstm and slstm under every option, with and without lengths and an initial state. */
import { bidirectional, minGru, minLstm, type RecurrentLayer, slstm } from '@recurra/core';
import { provesGradients } from '../../finite-differences.js';
import { type LayerRun, layerProblem, MASKED, SEQUENCE } from '../../layer-problem.js';
import { random } from '../../numbers.js';
import type { Case } from '../../suite.js';

const group = 'gradients/recurrent';
const units = 4;

/** The functions that create the layers under test. */
export interface FurtherCells {
  readonly minGru: (options: { units: number }) => RecurrentLayer;
  readonly minLstm: (options: { units: number }) => RecurrentLayer;
  readonly slstm: (options: { units: number }) => RecurrentLayer;
}

const COMMON: Readonly<Record<string, object>> = {
  returnSequences: { returnSequences: true },
  'the last step only, no bias': { bias: false },
  'dropout, goBackwards': { returnSequences: true, dropout: 0.4, goBackwards: true },
  'activation tanh': { returnSequences: true, activation: 'tanh' },
};
const OF_SLSTM: Readonly<Record<string, object>> = {
  ...COMMON,
  'two heads': { returnSequences: true, heads: 2 },
  'forgetGate exponential': { returnSequences: true, forgetGate: 'exponential' },
};

const RUNS: Readonly<Record<string, LayerRun>> = {
  'all steps': SEQUENCE,
  'lengths, initial state': { ...SEQUENCE, lengths: [4, 2, 0], initialState: true },
  'a mask': MASKED,
  /** The gates are far from 0: both close to 0, both close to 1, or one of them 10⁷ times the other. */
  'inputs up to 20': { ...SEQUENCE, reach: 20 },
};

/** The normaliser n of slstm's state is never negative. */
function problemOf(layer: RecurrentLayer, run: LayerRun) {
  const problem = layerProblem(layer, run);
  const { state2 } = problem.variables;
  return state2
    ? { ...problem, variables: { ...problem.variables, state2: random(state2.shape, 42, 0.5, 1.5) } }
    : problem;
}

export function gradientsOfFurtherCells(cells: FurtherCells = { minGru, minLstm, slstm }): Case[] {
  return Object.entries(cells).flatMap(([cell, make]) => [
    ...Object.entries(cell === 'slstm' ? OF_SLSTM : COMMON).map(
      ([name, options]): Case => ({
        group,
        name: `${cell}, ${name}`,
        async run(check) {
          for (const run of Object.values(RUNS))
            await provesGradients(check, problemOf(make({ units, ...options }), run));
        },
      }),
    ),
    {
      group,
      name: `bidirectional ${cell}, lengths`,
      run: (check) =>
        provesGradients(
          check,
          layerProblem(bidirectional(make({ units: 2 })), { ...SEQUENCE, lengths: [4, 1, 3] }),
        ),
    },
  ]);
}
