/*
 * Ten training steps on the backend and on the reference: losses, gradient norms, weights and predictions
 * must agree.
 */
import {
  adam,
  type Backend,
  bidirectional,
  dense,
  dropout,
  embedding,
  type FitOptions,
  gru,
  type Layer,
  lstm,
  meanOverTime,
  type Network,
  rmsprop,
  rnn,
  type Sample,
  sequential,
  sgd,
} from '@recurra/core';
import type { Check } from '../check.js';
import { Failure } from '../failure.js';
import { random, type Values, whole } from '../numbers.js';
import type { Case } from '../suite.js';
import { ofGolden } from '../tolerance.js';

const group = 'training';
const STEPS = 10;
const FEATURES = 3;

interface Problem {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly inputs: 'sequences' | 'tokens';
  readonly samples: readonly Sample[];
  readonly options: Pick<FitOptions, 'loss' | 'optimizer' | 'clip' | 'bptt' | 'gradientNorms'>;
}

const frames = (count: number, seed: number) =>
  Array.from({ length: count }, (_, t) => random([FEATURES], seed * 20 + t).data);
const samples = (steps: (i: number) => number, target: (i: number, steps: number) => Sample['y']): Sample[] =>
  Array.from({ length: 6 }, (_, i) => ({ x: frames(steps(i), i), y: target(i, steps(i)) }));

const PROBLEMS: readonly Problem[] = [
  {
    name: 'bidirectional lstm and gru, ragged, classes, adam at a falling rate',
    layers: [
      bidirectional(lstm({ units: 4, returnSequences: true })),
      gru({ units: 5 }),
      dense({ units: 3, activation: 'softmax' }),
    ],
    inputs: 'sequences',
    samples: samples(
      (i) => 2 + (i % 4),
      (i) => i % 3,
    ),
    options: {
      loss: 'crossEntropy',
      optimizer: adam({ learningRate: { kind: 'cosine', rate: 0.02, steps: 8 } }),
    },
  },
  {
    name: 'rnn and dense, numbers at every step, sgd with momentum, global norm',
    layers: [
      rnn({ units: 6, returnSequences: true }),
      dense({ units: 4, activation: 'relu' }),
      dense({ units: 2 }),
    ],
    inputs: 'sequences',
    samples: samples(
      () => 5,
      (i, steps) => Array.from({ length: steps }, (_, t) => random([2], 400 + i * 10 + t).data),
    ),
    options: {
      loss: 'meanSquaredError',
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      clip: { globalNorm: 0.5 },
    },
  },
  {
    name: 'gru in windows, dropout, clip by value, rmsprop',
    layers: [
      gru({ units: 5, returnSequences: true, resetAfter: false, recurrentDropout: 0.2 }),
      dropout({ rate: 0.1 }),
      dense({ units: 1, activation: 'sigmoid' }),
    ],
    inputs: 'sequences',
    samples: samples(
      () => 6,
      (i, steps) => Array.from({ length: steps }, (_, t) => [(i + t) % 2]),
    ),
    options: {
      loss: 'binaryCrossEntropy',
      optimizer: rmsprop({ learningRate: 0.005 }),
      bptt: { window: 3 },
      clip: { value: 0.2 },
    },
  },
  {
    name: 'tokens, lstm with projection, peepholes and layerNorm, norms of each step',
    layers: [
      embedding({ inputDim: 7, outputDim: 4 }),
      lstm({ units: 6, projection: 3, peepholes: true, layerNorm: true, clip: 3, returnSequences: true }),
      meanOverTime(),
      dense({ units: 2 }),
    ],
    inputs: 'tokens',
    samples: Array.from({ length: 6 }, (_, i) => ({
      x: whole(3 + (i % 3), i, 7),
      y: random([2], i + 70).data,
    })),
    options: {
      loss: 'huber',
      optimizer: adam({ learningRate: 0.01, weightDecay: 0.01, amsgrad: true }),
      gradientNorms: 'perStep',
    },
  },
];

export const training: Case[] = PROBLEMS.map((problem) => ({
  group,
  name: problem.name,
  async run(check) {
    const expected = await train(check, await check.reference(), problem);
    const actual = await train(check, check.backend, problem);
    for (const [name, values] of Object.entries(expected)) {
      if (!actual[name]) throw new Failure(`${name}: nothing was reported`);
      check.near(`${name} `, actual[name], values, ofGolden(values.data));
    }
  },
}));

async function train(check: Check, backend: Backend, problem: Problem): Promise<Record<string, Values>> {
  const { layers, inputs, samples, options } = problem;
  const inputShape = inputs === 'tokens' ? [null] : [null, FEATURES];
  const network: Network = check.use(sequential(layers, { inputShape }).on(backend, { seed: 4 }));
  const run = network.fit(samples, { ...options, epochs: STEPS, batchSize: 3, shuffle: true, seed: 2 });
  const result: Record<string, Values> = {};
  for await (const { step, loss, gradientNorm, gradientNorms = {} } of run) {
    result[`loss and gradient's norm at step ${step}`] = { shape: [2], data: [loss, gradientNorm] };
    for (const [layer, norms] of Object.entries(gradientNorms))
      result[`norms at step ${step} of ${layer}`] = { shape: [norms.length], data: norms };
    if (step === STEPS) break;
  }
  for (const [name, values] of Object.entries(await network.getWeights())) result[`end of ${name}`] = values;
  const predictions = await network.predict(samples.map(({ x }) => x as number[]));
  const data = (predictions as number[][]).flat(Infinity) as number[];
  result.predictions = { shape: [data.length], data };
  return result;
}
