/*
 * Each option that few kernels fuse, at large sizes (steps, rows, units or inputs), with lengths, goBackwards
 * and an initial state.
 */
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';
import { lengthsOf, PLAIN_CELLS, type Sizes } from './plain-cells.js';

const group = 'recurrent/large-options';

const SIZES: Readonly<Record<string, Sizes>> = {
  '40 steps': [40, 2, 2, 3],
  '130 rows': [2, 130, 2, 3],
  '129 units': [2, 2, 2, 129],
  '129 inputs': [2, 2, 129, 3],
};

const COMMON: Readonly<Record<string, object>> = {
  clip: { clip: 0.4 },
  layerNorm: { layerNorm: true },
  recurrentDropout: { recurrentDropout: 0.4 },
  elu: { activation: { kind: 'elu', alpha: 0.7 } },
};
const OF_GATES = { hardSigmoid: { recurrentActivation: 'hardSigmoid' } };
const OPTIONS: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  rnn: COMMON,
  lstm: { ...COMMON, ...OF_GATES, peepholes: { peepholes: true }, projection: { projection: 2 } },
  gru: { ...COMMON, ...OF_GATES },
  'gru, resetAfter: false': { ...COMMON, ...OF_GATES },
};

export const largeOptions: Case[] = Object.entries(OPTIONS).flatMap(([cell, options]) =>
  Object.entries(SIZES).map(([size, [time, batch, inputSize, units]]) => ({
    group,
    name: `${cell}: ${size}, each option by itself`,
    async run(check) {
      for (const [seed, [what, option]] of Object.entries(options).entries()) {
        const layer = PLAIN_CELLS[cell]({ units, returnSequences: true, goBackwards: true, ...option });
        const problem = layerProblem(layer, {
          kind: 'sequence',
          shape: [time, batch, inputSize],
          lengths: lengthsOf(time, batch, seed),
          initialState: true,
          seed,
        });
        await provesFusedAndComposed(check, problem, { what, implementations: fusedIfAny(check.backend) });
      }
    },
  })),
);
