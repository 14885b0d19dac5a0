/* Tests with NaN in a dense layer, in a cross-entropy and in an optimizer step. */
import { adagrad, adam, dense, type OptimizerConfig, rmsprop, sgd } from '@recurra/core';
import { softmaxCrossEntropy } from '@recurra/core/backend';
import type { Differentiable } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { random } from '../../numbers.js';
import { steps } from '../../optimizer-run.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';
import { fusedAndComposed, nanAt, proves, withNaN } from './proof.js';

const [ROWS, INPUTS, UNITS] = [4, 3, 5];

const denseLayers: Case[] = (['linear', 'relu', 'sigmoid', 'tanh'] as const).flatMap((activation) =>
  fusedAndComposed(
    `dense, ${activation}: NaN in a row, in a unit's weights, and in the gradient`,
    async (check, fused) => {
      const problem = layerProblem(dense({ units: UNITS, activation }), {
        kind: 'vector',
        shape: [ROWS, INPUTS],
      });
      const targets: Record<string, (index: number) => boolean> = {
        x: (index) => index === INPUTS + 1,
        kernel: (index) => index === UNITS + 2,
        bias: (index) => index === UNITS - 1,
      };
      for (const [name, where] of Object.entries(targets))
        await proves(check, withNaN(problem, name, where), fused, name);
      const scaled: Differentiable = {
        ...problem,
        forward(tape, variables) {
          const { output0 } = problem.forward(tape, variables);
          const factor = nanAt(random([ROWS, UNITS], 3), (index) => index === UNITS + 1);
          return { output0: tape.mul(output0, tape.constant(factor.data, factor.shape)) };
        },
      };
      await proves(check, scaled, fused, 'the gradient of y');
    },
  ),
);

const crossEntropy: Case[] = fusedAndComposed(
  'crossEntropy: NaN in a row of logits stays in its gradient',
  (check, fused) => {
    const logits = nanAt(random([4, 5], 1, -2, 2), (index) => index === 7);
    const problem: Differentiable = {
      variables: { logits },
      depth: { steps: 6, terms: 20 },
      forward: (tape, { logits }) => ({
        loss: softmaxCrossEntropy(tape, {
          logits,
          targets: tape.constant([1, 2, 0, 4], [4]),
          weights: tape.constant([1, 0.5, 2, 1], [4]),
        }),
      }),
    };
    return proves(check, problem, fused, 'one logit');
  },
);

const CONFIGS: Readonly<Record<string, OptimizerConfig>> = {
  sgd: sgd(),
  'sgd, nesterov': sgd({ momentum: 0.9, nesterov: true }),
  adam: adam(),
  'adam, amsgrad': adam({ amsgrad: true }),
  rmsprop: rmsprop(),
  'rmsprop, centered, momentum': rmsprop({ centered: true, momentum: 0.9 }),
  adagrad: adagrad(),
};

const optimizers: Case[] = Object.entries(CONFIGS).flatMap(([name, config]) =>
  fusedAndComposed(`${name}: NaN in a gradient stays in its element`, async (check, fused) => {
    const start = { parameter: random([37], 1) };
    const gradients = [nanAt(random([37], 2, 0.25, 1), (index) => index % 9 === 8)];
    const expected = await steps(check, { backend: await check.reference() }, config, start, gradients);
    const actual = await steps(check, { fused }, config, start, gradients);
    for (const [i, values] of [expected.parameter, ...expected.state].entries()) {
      const what = i === 0 ? 'the parameter ' : `state ${i - 1} `;
      const bound = ofDepth(values.data, { steps: 4, terms: 8 }, check.precision);
      check.near(what, [actual.parameter, ...actual.state][i], values, bound);
    }
  }),
);

export const kernelNaN: Case[] = [...denseLayers, ...crossEntropy, ...optimizers];
