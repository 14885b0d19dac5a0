/*
 * Kernels that compile ahead of use: `prepare` resolves and leaks nothing, and a kernel may be called after
 * it or while it runs.
 */
import { dense, gru, lstm, rnn } from '@recurra/core';
import { type FusedKernels, softmaxCrossEntropy } from '@recurra/core/backend';
import { ctcProblem } from '../../ctc-problem.js';
import { type Differentiable, differentiate, expectedOf, sameComputed } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { random, whole } from '../../numbers.js';
import { prepare, type Requests, requestsOf } from '../../requests.js';
import { scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';

const group = 'kernels/prepare';

type Prepared = Exclude<keyof FusedKernels, 'optimizer'>;

const sequence = { kind: 'sequence', lengths: [4, 2, 3], initialState: true } as const;
const options = { units: 5, returnSequences: true };

/** For each kernel, requests that differ in one option. */
const PROBLEMS: Readonly<Record<Prepared, readonly Differentiable[]>> = {
  recurrent: [
    rnn(options),
    rnn({ ...options, activation: 'relu' }),
    lstm(options),
    lstm({ ...options, goBackwards: true }),
    lstm({ ...options, returnSequences: false }),
    gru(options),
    gru({ ...options, resetAfter: false }),
    gru({ ...options, units: 17 }),
  ].map((layer, seed) => layerProblem(layer, { ...sequence, shape: [4, 3, 2], seed })),
  dense: (['linear', 'relu', 'sigmoid', 'tanh'] as const).map((activation, seed) =>
    layerProblem(dense({ units: 5, activation }), { kind: 'vector', shape: [6, 3], seed }),
  ),
  crossEntropy: [3, 33].map((classes) => ({
    variables: { logits: random([17, classes], 1) },
    depth: { steps: 6, terms: 17 },
    forward: (tape, { logits }) => ({
      loss: softmaxCrossEntropy(tape, {
        logits,
        targets: tape.constant(whole(17, 2, classes), [17]),
        weights: tape.constant(whole(17, 3, 3), [17]),
      }),
    }),
  })),
  scan: [{}, { reverse: true }, { initialState: true }, { lengths: [4, 2, 0] }].map((run, seed) =>
    scanProblem({ ...run, shape: [4, 3, 5], seed }),
  ),
  ctc: [{}, { blank: 2 }, { width: 9 }].map((run, seed) => ctcProblem({ ...run, shape: [5, 3, 4], seed })),
};

export const kernelPreparation: Case[] = (Object.keys(PROBLEMS) as Prepared[]).map((kernel) => ({
  group,
  name: `${kernel}: prepare before or during a call does not change the results`,
  async run(check) {
    if (!check.backend.fused[kernel]?.prepare) return;
    const problems = PROBLEMS[kernel];
    const [early, late] = [await check.another(), await check.another()];
    const requests: Requests[] = [];
    for (const [i, problem] of problems.entries()) {
      requests[i] = (await requestsOf(check, problem)).requests;
      const before = early.memory();
      await prepare(early, requests[i]);
      const after = early.memory();
      check.same(`request ${i}: the count of live tensors after prepare`, after.tensors, before.tensors);
      check.same(`request ${i}: the count of live bytes after prepare`, after.bytes, before.bytes);
    }
    for (const [i, problem] of problems.entries()) {
      const expected = await expectedOf(check, problem);
      const prepared = await differentiate(check.tape(early), problem);
      sameComputed(check, prepared, expected, problem.depth, `request ${i}, prepared: `);
      const ready = prepare(late, requests[i]);
      const results = await differentiate(check.tape(late), problem);
      await ready;
      sameComputed(check, results, expected, problem.depth, `request ${i}, while prepare runs: `);
    }
  },
}));
