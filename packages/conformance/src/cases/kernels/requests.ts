/* A fused kernel must accept at least one plain request of ordinary size, in inference and in training. */
import {
  adagrad,
  adam,
  adamw,
  dense,
  gru,
  lstm,
  Optimizer,
  rmsprop,
  rnn,
  sgd,
  type Tape,
} from '@recurra/core';
import { type FusedKernels, softmaxCrossEntropy } from '@recurra/core/backend';
import { ctcProblem } from '../../ctc-problem.js';
import { Failure } from '../../failure.js';
import type { Differentiable } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { random } from '../../numbers.js';
import { scanProblem } from '../../scan-problem.js';
import type { Case } from '../../suite.js';

const group = 'kernels/requests';

interface Sizes {
  readonly time: number;
  readonly batch: number;
  readonly features: number;
  readonly units: number;
}

const ORDINARY: readonly Sizes[] = [
  { time: 10, batch: 4, features: 3, units: 8 },
  { time: 50, batch: 32, features: 16, units: 64 },
];

/** Plain requests for each kind of kernel. The kernel must accept at least one. */
const PLAIN: Readonly<Record<keyof FusedKernels, (tape: Tape, sizes: Sizes, training: boolean) => void>> = {
  recurrent(tape, { time, batch, features, units }, training) {
    for (const layer of [rnn({ units }), lstm({ units }), gru({ units }), gru({ units, resetAfter: false })])
      forward(tape, layerProblem(layer, { kind: 'sequence', shape: [time, batch, features] }), training);
  },
  dense(tape, { batch, features, units }, training) {
    for (const activation of ['linear', 'relu', 'sigmoid', 'tanh'] as const) {
      const layer = dense({ units, activation });
      forward(tape, layerProblem(layer, { kind: 'vector', shape: [batch, features] }), training);
    }
  },
  crossEntropy(tape, { batch, units }, training) {
    const logits = random([batch, units], 1);
    const weights = tape.fill([batch], 1);
    forward(
      tape,
      {
        variables: { logits },
        depth: { steps: 6, terms: batch },
        forward: (tape, { logits }) => ({
          loss: softmaxCrossEntropy(tape, { logits, targets: tape.fill([batch], 1), weights }),
        }),
      },
      training,
    );
  },
  scan(tape, { time, batch, units }, training) {
    forward(tape, scanProblem({ shape: [time, batch, units] }), training);
  },
  ctc(tape, { time, batch, units }, training) {
    forward(tape, ctcProblem({ shape: [time, batch, units] }), training);
  },
  optimizer(tape, { batch, units }) {
    const { backend } = tape;
    const shape = [batch, units];
    for (const config of [sgd(), sgd({ momentum: 0.9 }), adam(), adamw(), rmsprop(), adagrad()]) {
      const optimizer = new Optimizer(config, backend);
      const parameters = new Map([['p', backend.fill(shape, 1)]]);
      optimizer.apply(tape, parameters, new Map([['p', tape.fill(shape, 0.5)]]));
      optimizer.dispose();
      for (const parameter of parameters.values()) backend.free(parameter);
    }
  },
};

/** Runs a forward pass; in training, gradients are requested. */
function forward(tape: Tape, { variables, forward }: Differentiable, training: boolean): void {
  const tensors = Object.entries(variables).map(
    ([name, { data, shape }]) => [name, tape.constant(data, shape)] as const,
  );
  if (training) for (const [, x] of tensors) tape.watch(x);
  forward(tape, Object.fromEntries(tensors));
}

export const kernelRequests: Case[] = (Object.keys(PLAIN) as (keyof FusedKernels)[]).flatMap((kind) =>
  (kind === 'optimizer' ? [true] : [false, true]).map((training) => ({
    group,
    name: `${kind}: the kernel, if there is one, accepts some requests${training ? ' in training' : ''}`,
    async run(check) {
      if (!check.backend.fused[kind]) return;
      for (const sizes of ORDINARY) {
        const tape = check.tape();
        PLAIN[kind](tape, sizes, training);
        const uses = tape.kernelLog.filter(({ kernel }) => kernel === kind);
        if (uses.some(({ implementation }) => implementation === 'fused')) continue;
        const reasons = new Set(uses.map(({ reason }) => reason));
        throw new Failure(
          `the kernel declines every plain request at ${JSON.stringify(sizes)}: ${[...reasons].join('; ')}. A kernel that accepts no request must be left out of \`fused\``,
        );
      }
    },
  })),
);
