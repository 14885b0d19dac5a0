/*
 * What is fused besides recurrent layers, over generated sizes and options: dense layers, cross-entropy and the
 * optimizers' steps are, fused and composed, those of the reference.
 */
import {
  adagrad,
  adam,
  adamw,
  type Backend,
  dense,
  Optimizer,
  type OptimizerConfig,
  rmsprop,
  sgd,
} from '@recurra/core';
import { softmaxCrossEntropy } from '@recurra/core/backend';
import fc from 'fast-check';
import type { Check } from '../../check.js';
import { implementationsOf, provesFusedAndComposed } from '../../fused-and-composed.js';
import {
  type GeneratedCase,
  generatedCase,
  largeSize,
  longSize,
  numbersFrom,
  shape,
} from '../../generation.js';
import { layerProblem } from '../../layer-problem.js';
import { random, read, type Values, whole } from '../../numbers.js';
import { awayFromZero } from '../../optimizer-run.js';
import { exact, ofDepth } from '../../tolerance.js';

const group = 'generated/kernels';
const upTo = (max: number, min = 1) => fc.integer({ min, max });

const denseLayers = generatedCase(
  group,
  'dense',
  fc.record({
    rows: longSize.filter((rows) => rows > 0),
    inputSize: longSize.filter((inputs) => inputs > 0),
    units: longSize.filter((units) => units > 0),
    bias: fc.boolean(),
    activation: fc.constantFrom('linear', 'relu', 'sigmoid', 'tanh', 'softmax', 'softplus'),
    seed: numbersFrom,
  }),
  (check, { rows, inputSize, seed, ...options }) =>
    provesFusedAndComposed(
      check,
      layerProblem(dense(options), { kind: 'vector', shape: [rows, inputSize], seed }),
    ),
);

const crossEntropy = generatedCase(
  group,
  'crossEntropy',
  fc.record({
    rows: fc.oneof(upTo(20), largeSize),
    classes: fc.oneof(upTo(20), largeSize),
    reach: fc.constantFrom(1, 30, 1000),
    weights: fc.constantFrom('ones', 'some', 'none'),
    seed: numbersFrom,
  }),
  (check, { rows, classes, reach, weights: kind, seed }) => {
    const of = { ones: () => 1, some: (n: number) => n / 2, none: () => 0 }[kind];
    const weights = whole(rows, seed + 2, 4).map(of);
    return provesFusedAndComposed(check, {
      variables: { logits: random([rows, classes], seed, -reach, reach) },
      // The softmax, with its exp of numbers up to 2 · reach apart, the loss of a row, the mean; and back.
      depth: { steps: 6, terms: Math.max(rows, classes) + 4 * reach },
      forward: (tape, { logits }) => ({
        loss: softmaxCrossEntropy(tape, {
          logits,
          targets: tape.constant(whole(rows, seed + 1, classes), [rows]),
          weights: tape.constant(weights, [rows]),
        }),
      }),
    });
  },
);

const rates = {
  learningRate: fc.constantFrom(0.01, 0.1, { kind: 'exponential', rate: 0.1, factor: 0.5 } as const),
  weightDecay: fc.constantFrom(0, 0.1),
};
const decay = fc.constantFrom(0.5, 0.9, 0.99);
const optimizers: Record<string, fc.Arbitrary<OptimizerConfig>> = {
  sgd: fc
    .record({ ...rates, momentum: fc.constantFrom(0, 0.9), nesterov: fc.boolean() })
    .map(({ nesterov, ...options }) => sgd({ ...options, nesterov: nesterov && options.momentum > 0 })),
  adam: fc.record({ ...rates, beta1: decay, beta2: decay, amsgrad: fc.boolean() }).map(adam),
  adamw: fc.record({ ...rates, beta1: decay, beta2: decay, amsgrad: fc.boolean() }).map(adamw),
  rmsprop: fc
    .record({ ...rates, decay, centered: fc.boolean(), momentum: fc.constantFrom(0, 0.9) })
    .map(rmsprop),
  adagrad: fc
    .record({
      ...rates,
      learningRateDecay: fc.constantFrom(0, 0.1),
      initialAccumulator: fc.constantFrom(0, 0.5),
    })
    .map(adagrad),
};
const STEPS = 3;

const updates = Object.entries(optimizers).map(([name, config]) =>
  generatedCase(
    group,
    `${STEPS} steps of ${name}`,
    fc.record({ config, shape: shape.filter((shape) => shape.length <= 2), seed: numbersFrom }),
    async (check, { config, shape, seed }) => {
      const start = random(shape, seed);
      const gradients = Array.from({ length: STEPS }, (_, step) => awayFromZero(shape, seed + step + 1));
      const expected = await run(check, await check.reference(), false, config, start, gradients);
      // A root, a quotient and some sums each step; what was cancelled from a variance came of numbers up to 100 times as large.
      const depth = { steps: STEPS * 4, terms: config.kind === 'rmsprop' ? 100 : 8 };
      for (const fused of implementationsOf(check.backend)) {
        const actual = await run(check, check.backend, fused, config, start, gradients);
        for (const [name, values] of Object.entries(expected))
          check.near(
            `${fused ? 'fused' : 'composed'}: ${name} `,
            actual[name],
            values,
            ofDepth(values.data, depth, check.precision),
          );
      }
    },
  ),
);

/** The parameter and the state after each step; the gradients must stay as they are. */
async function run(
  check: Check,
  backend: Backend,
  fused: boolean,
  config: OptimizerConfig,
  start: Values,
  gradients: readonly Values[],
): Promise<Record<string, Values>> {
  const optimizer = check.use(new Optimizer(config, backend));
  const parameters = new Map([['p', backend.upload(start.data, start.shape)]]);
  const result: Record<string, Values> = {};
  try {
    for (const [step, { data, shape }] of gradients.entries()) {
      const tape = check.tape(backend, { fused });
      const gradient = tape.constant(data, shape);
      optimizer.apply(tape, parameters, new Map([['p', gradient]]));
      for (const parameter of parameters.values())
        result[`parameter after step ${step + 1}`] = await read(backend, parameter);
      for (const [i, tensor] of [...optimizer.state.values()].flat().entries())
        result[`state ${i} after step ${step + 1}`] = await read(backend, tensor);
      check.near('the gradient, afterwards, ', await read(backend, gradient), { data, shape }, exact);
    }
  } finally {
    for (const parameter of parameters.values()) backend.free(parameter);
  }
  return result;
}

export const generatedKernels: readonly GeneratedCase[] = [denseLayers, crossEntropy, ...updates];
