/*
 * Dense layers and cross-entropies on far larger inputs than usual: saturation must not give NaN in either
 * pass.
 */
import { dense } from '@recurra/core';
import { softmaxCrossEntropy } from '@recurra/core/backend';
import { provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import { random } from '../../numbers.js';
import type { Case } from '../../suite.js';

const group = 'kernels/ranges-of-inputs';

const denseLayers: Case[] = [1000, 1e5].map((reach) => ({
  group,
  name: `dense: inputs up to ${reach}`,
  async run(check) {
    for (const activation of ['linear', 'relu', 'sigmoid', 'tanh', 'softplus', 'softsign', 'elu'] as const) {
      const problem = layerProblem(dense({ units: 5, activation }), { kind: 'vector', shape: [7, 4], reach });
      await provesFusedAndComposed(check, problem, { what: activation });
    }
  },
}));

const crossEntropy: Case = {
  group,
  name: 'crossEntropy: logits up to 1000',
  run: (check) =>
    provesFusedAndComposed(check, {
      variables: { logits: random([6, 5], 1, -1000, 1000) },
      depth: { steps: 6, terms: 30 },
      forward: (tape, { logits }) => ({
        loss: softmaxCrossEntropy(tape, {
          logits,
          targets: tape.constant([0, 1, 2, 3, 4, 0], [6]),
          weights: tape.constant([1, 0.5, 2, 1, 0, 1], [6]),
        }),
      }),
    }),
};

export const rangesOfKernelInputs: Case[] = [...denseLayers, crossEntropy];
