/*
 * A fused kernel must compute the same as core's composition on the same backend. A backend may fuse only
 * some kernels; the report lists which kernels ran.
 */
import {
  adam,
  adamw,
  bidirectional,
  dense,
  gru,
  type Layer,
  lstm,
  rmsprop,
  rnn,
  sequential,
  sgd,
} from '@recurra/core';
import type { Check } from '../check.js';
import { ctcProblem } from '../ctc-problem.js';
import { Failure } from '../failure.js';
import { type Differentiable, differentiate, sameComputed } from '../finite-differences.js';
import { type LayerRun, layerProblem, SEQUENCE } from '../layer-problem.js';
import { random } from '../numbers.js';
import { scanProblem } from '../scan-problem.js';
import type { Case } from '../suite.js';
import { ofGolden } from '../tolerance.js';

const group = 'fused';
const RAGGED: LayerRun = { ...SEQUENCE, lengths: [4, 2, 0], initialState: true };
const common = { units: 4, returnSequences: true };

const LAYERS: readonly (readonly [name: string, layer: Layer])[] = [
  ['rnn', rnn(common)],
  ['lstm', lstm(common)],
  ['lstm, projection, peepholes, clip', lstm({ ...common, projection: 2, peepholes: true, clip: 0.5 })],
  ['lstm, layerNorm, recurrentDropout', lstm({ ...common, layerNorm: true, recurrentDropout: 0.3 })],
  ['gru', gru(common)],
  ['gru, resetAfter: false', gru({ ...common, resetAfter: false })],
  ['bidirectional lstm', bidirectional(lstm(common))],
];

const recurrent: Case[] = LAYERS.flatMap(([name, layer]) =>
  [SEQUENCE, RAGGED].map((run) => ({
    group,
    name: `${name}${run.lengths ? ', lengths, initial state' : ''}: equals composed`,
    needs: 'fused',
    run: (check) => equalsComposed(check, layerProblem(layer, run)),
  })),
);

async function equalsComposed(check: Check, problem: Differentiable): Promise<void> {
  hasFusedKernels(check);
  const fused = await differentiate(check.tape(), problem);
  const composed = await differentiate(check.tape(check.backend, { fused: false }), problem);
  sameComputed(check, fused, composed, problem.depth);
}

const sequences: Case[] = Object.entries({
  scan: scanProblem({ shape: [9, 3, 5], lengths: [9, 4, 0], initialState: true }),
  'scan, reverse': scanProblem({ shape: [40, 2, 3], reverse: true }),
  ctc: ctcProblem({ shape: [9, 3, 4], lengths: [9, 7, 4] }),
}).map(([name, problem]) => ({
  group,
  name: `${name}: equals composed`,
  needs: 'fused',
  run: (check) => equalsComposed(check, problem),
}));

const training: Case[] = [
  sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  adam({ learningRate: 0.02, amsgrad: true }),
  adamw({ learningRate: 0.02 }),
  rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 }),
].map((optimizer) => ({
  group,
  name: `training with ${optimizer.kind}: equals composed`,
  needs: 'fused',
  async run(check) {
    hasFusedKernels(check);
    const model = sequential([lstm({ units: 5 }), dense({ units: 3, activation: 'softmax' })], {
      inputShape: [null, 2],
    });
    const samples = Array.from({ length: 6 }, (_, i) => {
      const { data } = random([8], i);
      return { x: [data.slice(0, 2), data.slice(2, 4), data.slice(4, 6), data.slice(6)], y: i % 3 };
    });
    const train = async (fused: boolean) => {
      const network = check.use(model.on(check.backend, { seed: 1, fused }));
      await network.fit(samples, { loss: 'crossEntropy', optimizer, epochs: 5, batchSize: 3 }).done;
      return network.getWeights();
    };
    const [fused, composed] = [await train(true), await train(false)];
    for (const [name, expected] of Object.entries(composed)) {
      check.near(`${name} `, fused[name], expected, ofGolden(expected.data));
    }
  },
}));

function hasFusedKernels({ backend }: Check): void {
  if (Object.keys(backend.fused).length > 0) return;
  throw new Failure(
    'the backend has no fused kernel; if this is intended, it must declare `lacks: { fused: reason }`',
  );
}

export const fused: Case[] = [...recurrent, ...sequences, ...training];
