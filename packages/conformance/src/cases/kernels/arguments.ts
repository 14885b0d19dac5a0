/* A fused kernel must not change its arguments, in either pass, and must return new handles. */
import { adagrad, adam, dense, rmsprop, sgd } from '@recurra/core';
import { softmaxCrossEntropy } from '@recurra/core/backend';
import { GuardedTape } from '../../argument-guard.js';
import type { Check } from '../../check.js';
import { namesOf } from '../../combinations.js';
import { ctcProblem } from '../../ctc-problem.js';
import { type Differentiable, differentiate, infer } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { random, whole } from '../../numbers.js';
import { OptimizerRun } from '../../optimizer-run.js';
import { scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';
import { PLAIN_CELLS, plainProblem, type Sizes } from '../recurrent/plain-cells.js';

const group = 'kernels/arguments';

async function proves(check: Check, problem: Differentiable, what: string): Promise<void> {
  for (const compute of [differentiate, infer]) {
    const tape = check.use(new GuardedTape(check.backend));
    await compute(tape, problem);
    await tape.verify(check).catch((error: Error) => {
      error.message = `${what}: ${error.message}`;
      throw error;
    });
  }
}

const ALL = { lengths: true, goBackwards: true, initialState: true, bias: true };
const RUNS: readonly (readonly [Sizes, typeof ALL])[] = [
  [[4, 3, 2, 5], ALL],
  [[66, 3, 2, 17], { ...ALL, lengths: false, goBackwards: false }],
];

const recurrent: Case[] = Object.keys(PLAIN_CELLS).map((cell) => ({
  group,
  name: `${cell}: inputs, weights, lengths, states and gradients are as they were`,
  async run(check) {
    for (const [seed, [sizes, options]] of RUNS.entries())
      await proves(check, plainProblem(cell, sizes, options, seed), namesOf(options));
    const dropout = PLAIN_CELLS[cell]({ units: 5, recurrentDropout: 0.4 });
    await proves(check, layerProblem(dropout, { kind: 'sequence', shape: [4, 3, 2] }), 'recurrentDropout');
  },
}));

const others: Case[] = [
  {
    group,
    name: 'dense and crossEntropy: inputs, weights and gradients are as they were',
    async run(check) {
      for (const activation of ['linear', 'relu', 'sigmoid', 'tanh'] as const) {
        const problem = layerProblem(dense({ units: 5, activation }), { kind: 'vector', shape: [33, 3] });
        await proves(check, problem, activation);
      }
      const entropy: Differentiable = {
        variables: { logits: random([17, 5], 1) },
        depth: { steps: 6, terms: 17 },
        forward: (tape, { logits }) => ({
          loss: softmaxCrossEntropy(tape, {
            logits,
            targets: tape.constant(whole(17, 2, 5), [17]),
            weights: tape.constant(whole(17, 3, 3), [17]),
          }),
        }),
      };
      await proves(check, entropy, 'crossEntropy');
    },
  },
  {
    group,
    name: 'scan and ctc: inputs, lengths, states and gradients are as they were',
    async run(check) {
      const lengths = [4, 2, 0];
      for (const reverse of [false, true])
        await proves(
          check,
          scanProblem({ shape: [4, 3, 5], lengths, reverse, initialState: true }),
          reverse ? 'scan, reverse' : 'scan',
        );
      await proves(check, scanProblem({ shape: [66, 3, 17] }), 'scan of 66 steps');
      await proves(check, ctcProblem({ shape: [7, 3, 4], lengths: [7, 3, 5] }), 'ctc');
    },
  },
  {
    group,
    name: 'optimizers: the gradients and the loss are as they were',
    async run(check) {
      const shapes = [[300], [4, 5]];
      const start = shapes.map((shape, i) => ({ parameter: random(shape, i) }));
      for (const config of [sgd({ momentum: 0.9 }), adam(), adam({ amsgrad: true }), rmsprop(), adagrad()]) {
        const run = new OptimizerRun(check, config, start);
        for (let step = 0; step < 4; step++) {
          const tape = check.use(new GuardedTape(check.backend));
          const gradients = shapes.map((shape, i) => random(shape, 2 * step + i + 2));
          if (step < 2) run.step(gradients, tape);
          else await run.guardedStep(gradients, { clip: 0.5, loss: 0.25 }, tape);
          await tape.verify(check);
        }
      }
    },
  },
];

export const kernelArguments: Case[] = [...recurrent, ...others];
