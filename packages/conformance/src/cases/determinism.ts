/* The same calls must give bitwise identical results. */
import { adam, bidirectional, dense, gru, lstm, sequential } from '@recurra/core';
import type { Check } from '../check.js';
import { ctcProblem } from '../ctc-problem.js';
import { type Differentiable, differentiate, sameBits } from '../finite-differences.js';
import { random, read, type Values, whole } from '../numbers.js';
import { scanProblem } from '../scan-problem.js';
import type { Case } from '../suite.js';
import { exact } from '../tolerance.js';
import { PLAIN_CELLS, plainProblem } from './recurrent/plain-cells.js';

const group = 'determinism';
const TIMES = 3;

/** Fails unless outputs and gradients are the same each time. */
async function sameAgain(check: Check, problem: Differentiable): Promise<void> {
  const first = await differentiate(check.tape(), problem);
  for (let i = 1; i < TIMES; i++) sameBits(check, 'again', await differentiate(check.tape(), problem), first);
}

export const determinism: Case[] = [
  {
    group,
    name: 'operations on many numbers',
    needs: 'determinism',
    async run(check) {
      const { backend } = check;
      const a = check.upload(random([130, 190], 1));
      const b = check.upload(random([190, 70], 2));
      const indices = check.upload({ shape: [130], data: whole(130, 3, 5) });
      const results = {
        matmul: () => backend.matmul(a, b, false, false),
        sum: () => backend.sum(a, [0, 1]),
        scatterAdd: () => backend.scatterAdd(indices, a, 5),
        softmax: () => backend.softmax(a),
      };
      for (const [name, run] of Object.entries(results)) {
        const first = await read(backend, check.made(run()));
        for (let i = 1; i < TIMES; i++)
          await check.tensor(`${name}, again, at `, check.made(run()), first, exact);
      }
    },
  },
  ...Object.keys(PLAIN_CELLS).map(
    (cell): Case => ({
      group,
      name: `${cell}: outputs and gradients of many rows and units`,
      needs: 'determinism',
      run(check) {
        const row = { lengths: true, goBackwards: true, initialState: true, bias: true };
        return sameAgain(check, plainProblem(cell, [20, 33, 9, 33], row, 0));
      },
    }),
  ),
  ...Object.entries({
    'scan: outputs and gradients of many steps': scanProblem({ shape: [130, 3, 33], initialState: true }),
    'ctc: losses and gradients of many frames': ctcProblem({ shape: [70, 3, 9], lengths: [70, 50, 7] }),
  }).map(
    ([name, problem]): Case => ({
      group,
      name,
      needs: 'determinism',
      run: (check) => sameAgain(check, problem),
    }),
  ),
  {
    group,
    name: 'training: forward, backward and the update',
    needs: 'determinism',
    async run(check) {
      const layers = [
        bidirectional(lstm({ units: 9, returnSequences: true, recurrentDropout: 0.2 })),
        gru({ units: 7 }),
        dense({ units: 3, activation: 'softmax' }),
      ];
      const samples = Array.from({ length: 9 }, (_, i) => ({
        x: Array.from({ length: 2 + (i % 4) }, (_, t) => random([3], i * 10 + t).data),
        y: i % 3,
      }));
      const train = async (): Promise<Record<string, Values>> => {
        const network = check.use(
          sequential(layers, { inputShape: [null, 3] }).on(check.backend, { seed: 1 }),
        );
        const losses: number[] = [];
        for await (const { loss } of network.fit(samples, {
          loss: 'crossEntropy',
          optimizer: adam(),
          epochs: 3,
          batchSize: 4,
        }))
          losses.push(loss);
        return { losses: { shape: [losses.length], data: losses }, ...(await network.getWeights()) };
      };
      const first = await train();
      for (let i = 1; i < TIMES; i++) {
        const again = await train();
        for (const [name, values] of Object.entries(first))
          check.near(`${name}, again, `, again[name], values, exact);
      }
    },
  },
];
