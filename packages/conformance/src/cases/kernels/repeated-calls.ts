/*
 * A backend may cache the kernel of a spec, but calls must not affect each other. The cases use specs that
 * differ in one option, several layers with the same spec, and forward passes whose backward passes come
 * later, in either order.
 */
import { type Activation, adam, adamw, dense, type OptimizerConfig, rmsprop, sgd } from '@recurra/core';
import type { Check } from '../../check.js';
import { type Differentiable, expectedOf, record, sameComputed } from '../../finite-differences.js';
import { fusedIfAny, provesFusedAndComposed } from '../../fused-and-composed.js';
import { type LayerRun, layerProblem } from '../../layer-problem.js';
import { random, type Values } from '../../numbers.js';
import { awayFromZero, type Start, steps } from '../../optimizer-run.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';
import { PLAIN_CELLS } from '../recurrent/plain-cells.js';

const group = 'kernels/repeated-calls';

interface Variation {
  readonly layer?: object;
  readonly run?: Partial<LayerRun>;
}

const BASE = { units: 4, returnSequences: true };
const RUN: LayerRun = { kind: 'sequence', shape: [4, 3, 4], initialState: true };

/** Specs that differ from the base in one option. */
const VARIATIONS: Readonly<Record<string, Variation>> = {
  'lengths 4, 2, 1': { run: { lengths: [4, 2, 1] } },
  'lengths 1, 4, 0': { run: { lengths: [1, 4, 0] } },
  goBackwards: { layer: { goBackwards: true } },
  'no initial state': { run: { initialState: false } },
  'no bias': { layer: { bias: false } },
  '5 steps': { run: { shape: [5, 3, 4] } },
  '2 rows': { run: { shape: [4, 2, 4] } },
  '3 inputs': { run: { shape: [4, 3, 3] } },
  '5 units': { layer: { units: 5 } },
  'no gradient of x': { run: { inputGradient: false } },
  'h alone': { run: { seeded: ['final state0'] } },
  clip: { layer: { clip: 0.4 } },
  'clip, another': { layer: { clip: 0.2 } },
  'elu, alpha 1.5': { layer: { activation: { kind: 'elu', alpha: 1.5 } } },
  'elu, alpha 0.5': { layer: { activation: { kind: 'elu', alpha: 0.5 } } },
};

/** For cells that have gates. */
const OF_GATES: Readonly<Record<string, Variation>> = {
  'gates elu, alpha 1.5': { layer: { recurrentActivation: { kind: 'elu', alpha: 1.5 } } },
  'gates elu, alpha 0.5': { layer: { recurrentActivation: { kind: 'elu', alpha: 0.5 } } },
};

const variationsOf = (cell: string) =>
  Object.entries({ ...VARIATIONS, ...(cell.startsWith('rnn') ? {} : OF_GATES) });

const oneThing: Case[] = Object.entries(PLAIN_CELLS).map(([cell, make]) => ({
  group,
  name: `${cell}: specs that differ in one thing, one after the other`,
  async run(check) {
    const implementations = fusedIfAny(check.backend);
    for (const [i, [what, { layer, run }]] of variationsOf(cell).entries()) {
      const other = layerProblem(make({ ...BASE, ...layer }), { ...RUN, ...run, seed: 2 * i + 1 });
      await provesFusedAndComposed(check, other, { what, implementations });
      const base = layerProblem(make(BASE), { ...RUN, seed: 2 * i + 2 });
      await provesFusedAndComposed(check, base, {
        what: `the base without options, after ${what}`,
        implementations,
      });
    }
  },
}));

const inARow: Case[] = Object.entries(PLAIN_CELLS).map(([cell, make]) => ({
  group,
  name: `${cell}: three layers of one spec in a row`,
  run: (check) => {
    const problems = [1, 2, 3].map((seed) => layerProblem(make(BASE), { ...RUN, lengths: [4, 2, 3], seed }));
    return provesFusedAndComposed(check, inSequence(problems));
  },
}));

/** A chain of problems: the `x` of each is the `output0` of the one before. */
function inSequence(problems: readonly Differentiable[]): Differentiable {
  const prefixed = <T>(at: number, values: Readonly<Record<string, T>>) =>
    Object.entries(values).map(([name, value]) => [`${at}.${name}`, value] as const);
  const [first] = problems;
  const all = problems.flatMap(({ variables }, at) => prefixed(at, variables));
  return {
    depth: { ...first.depth, steps: problems.length * first.depth.steps },
    variables: Object.fromEntries(all.filter(([name]) => name === '0.x' || !name.endsWith('.x'))),
    forward(tape, tensors) {
      let x = tensors['0.x'];
      const outputs = problems.flatMap(({ variables, forward }, at) => {
        const own = Object.keys(variables).map((name) => [name, name === 'x' ? x : tensors[`${at}.${name}`]]);
        const result = forward(tape, Object.fromEntries(own));
        x = result.output0;
        return prefixed(at, result);
      });
      return Object.fromEntries(outputs);
    },
  };
}

const interleaved: Case[] = Object.entries(PLAIN_CELLS).map(([cell, make]) => ({
  group,
  name: `${cell}: forward, forward, backward, backward of one spec, in either order`,
  async run(check) {
    for (const last of ['the first', 'the second']) {
      const problems = [
        [4, 2, 3],
        [1, 4, 2],
      ].map((lengths, seed) => layerProblem(make(BASE), { ...RUN, lengths, seed }));
      await both(check, problems, last === 'the second', `backward of ${last} comes last`);
    }
    const dissimilar = [{ goBackwards: true }, { goBackwards: false }].map((options, seed) =>
      layerProblem(make({ ...BASE, ...options }), { ...RUN, seed }),
    );
    await both(check, dissimilar, false, 'two directions');
  },
}));

/** Runs all forward passes, then the backward passes. */
export async function both(
  check: Check,
  problems: readonly Differentiable[],
  inOrder: boolean,
  what: string,
) {
  const recorded = problems.map((problem) => ({ problem, back: record(check.tape(), problem) }));
  // Tensors that are freed and created in between reuse any memory that a kernel failed to hold.
  for (let i = 0; i < 8; i++) check.backend.free(check.backend.fill([4, 3, 16], Number(i)));
  for (const { problem, back } of inOrder ? recorded : recorded.reverse()) {
    const expected = await expectedOf(check, problem);
    sameComputed(check, await back(), expected, problem.depth, `${what}: `);
  }
}

/**
 * A forward pass with one tensor for both kernels and one for the whole initial state, with as many inputs as
 * units.
 */
const twice: Case[] = Object.entries(PLAIN_CELLS).map(([cell, make]) => ({
  group,
  name: `${cell}: one tensor for both kernels, and one for the whole initial state`,
  run: (check) => {
    const { forward, variables, ...rest } = layerProblem(make(BASE), RUN);
    const { recurrentKernel, state1, ...others } = variables;
    return provesFusedAndComposed(check, {
      ...rest,
      variables: others,
      fixed: Object.keys(others),
      forward: (tape, tensors) =>
        forward(tape, {
          ...tensors,
          recurrentKernel: tensors.kernel,
          ...(state1 && { state1: tensors.state0 }),
        }),
    });
  },
}));

/** Activations of the same kind with other constants, and of other kinds, at the same sizes. */
const ACTIVATIONS: readonly Activation[] = [
  'linear',
  'relu',
  { kind: 'leakyRelu', alpha: 0.1 },
  { kind: 'leakyRelu', alpha: 0.3 },
  { kind: 'elu', alpha: 0.5 },
  { kind: 'elu', alpha: 1.5 },
  { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  { kind: 'hardSigmoid', alpha: 0.4, beta: 0.3 },
  { kind: 'scaledTanh', alpha: 0.8, beta: 0.6 },
  { kind: 'scaledTanh', alpha: 1.2, beta: 0.3 },
  { kind: 'thresholdedRelu', alpha: 0.1 },
  { kind: 'thresholdedRelu', alpha: 0.5 },
  { kind: 'affine', alpha: 0.5, beta: 0.25 },
  { kind: 'affine', alpha: 2, beta: -1 },
  'sigmoid',
  'tanh',
  'softplus',
];

const denseLayers: Case = {
  group,
  name: 'dense: one activation after the other, with one constant after the other',
  async run(check) {
    for (const [seed, activation] of [...ACTIVATIONS, ...ACTIVATIONS].entries()) {
      const layer = dense({ units: 3, activation, bias: seed % 3 !== 2 });
      const problem = layerProblem(layer, { kind: 'vector', shape: [5, 4], seed });
      await provesFusedAndComposed(check, problem, { what: JSON.stringify(activation) });
    }
  },
};

const denseInARow: Case = {
  group,
  name: 'dense: three layers of one spec in a row',
  run: (check) => {
    const layer = dense({ units: 4, activation: 'tanh' });
    const problems = [1, 2, 3].map((seed) => layerProblem(layer, { kind: 'vector', shape: [5, 4], seed }));
    return provesFusedAndComposed(check, inSequence(problems));
  },
};

const SHAPE = [67];
const PAIRS: readonly (readonly [OptimizerConfig, OptimizerConfig])[] = [
  [sgd({ learningRate: 0.1, momentum: 0.5 }), sgd({ learningRate: 0.2, momentum: 0.9 })],
  [adam({ learningRate: 0.1 }), adam({ learningRate: 0.1, beta1: 0.5, epsilon: 0.1 })],
  [adam({ weightDecay: 0.1 }), adamw({ weightDecay: 0.1 })],
  [rmsprop({ decay: 0.5 }), rmsprop({ decay: 0.9, centered: true })],
];

const optimizers: Case = {
  group,
  name: 'optimizers: two with other options, alternately',
  async run(check) {
    const [fused] = fusedIfAny(check.backend);
    const on = { backend: await check.reference() };
    for (const pair of PAIRS) {
      const starts = pair.map((_, i): Start => ({ parameter: random(SHAPE, i), state: [], step: 0 }));
      for (let step = 0; step < 3; step++) {
        for (const [i, config] of pair.entries()) {
          const gradients = [awayFromZero(SHAPE, 2 * step + i)];
          const expected = await steps(check, on, config, starts[i], gradients);
          const actual = await steps(check, { fused }, config, starts[i], gradients);
          const near = (what: string, values: Values, right: Values) =>
            check.near(what, values, right, ofDepth(right.data, { steps: 4, terms: 8 }, check.precision));
          near(`${config.kind} ${i}: the parameter `, actual.parameter, expected.parameter);
          starts[i] = { ...expected, step: step + 1 };
        }
      }
    }
  },
};

export const repeatedCalls: Case[] = [
  ...oneThing,
  ...inARow,
  ...interleaved,
  ...twice,
  denseLayers,
  denseInARow,
  optimizers,
];
