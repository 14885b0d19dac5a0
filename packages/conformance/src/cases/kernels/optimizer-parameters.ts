/*
 * One step of all parameters at once (one, five and twenty of different shapes), clipped by the norm of all
 * gradients.
 */
import { adagrad, adam, adamw, type OptimizerConfig, rmsprop, sgd } from '@recurra/core';
import type { Check } from '../../check.js';
import { fusedIfAny } from '../../fused-and-composed.js';
import { random, type Values } from '../../numbers.js';
import { awayFromZero, OptimizerRun, type Stepped } from '../../optimizer-run.js';
import type { Case } from '../../suite.js';
import { ofDepth, ofNorm } from '../../tolerance.js';

const group = 'kernels/optimizer-parameters';
const STEPS = 3;

/** The shapes include equal neighbours, an empty one, and one of thousands of elements. */
export const SHAPES: readonly (readonly (readonly number[])[])[] = [
  [[37]],
  [[4, 3], [4, 3], [0], [5000], [2, 3, 4]],
  [
    ...[1, 3, 15, 16, 17, 63, 64, 65].map((size) => [size]),
    ...[[7, 0], [3, 5], [3, 5], [16, 16], [17, 4], [2, 3, 4, 5], [129], [256], [257]],
    ...[[33, 31], [1000], [1, 1]],
  ],
];

export const CONFIGS: Readonly<Record<string, OptimizerConfig>> = {
  sgd: sgd({ learningRate: 0.05 }),
  'sgd, nesterov': sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  adam: adam({ learningRate: 0.02 }),
  'adamw, amsgrad': adamw({ learningRate: 0.02, amsgrad: true }),
  'rmsprop, centered, momentum': rmsprop({ learningRate: 0.01, centered: true, momentum: 0.9 }),
  adagrad: adagrad({ learningRate: 0.05 }),
};

/** One gradient for each shape, of unequal magnitudes. */
export function gradientsOf(shapes: readonly (readonly number[])[], seed: number, scale = 1): Values[] {
  return shapes.map((shape, i) => times(awayFromZero(shape, 32 * seed + i), scale * 2 ** -(i % 3)));
}

export function times({ data, shape }: Values, factor: number): Values {
  return { shape, data: Array.from(data, (value) => value * factor) };
}

/** The L2 norm of all gradients together, in float64. */
export function normOf(gradients: readonly Values[]): number {
  let squares = 0;
  for (const { data } of gradients) for (let i = 0; i < data.length; i++) squares += data[i] * data[i];
  return Math.sqrt(squares);
}

export function countOf(gradients: readonly Values[]): number {
  return gradients.reduce((sum, { data }) => sum + data.length, 0);
}

/** Fails unless parameters and states are as expected. @param terms how many numbers were added up for them */
export function sameSteps(
  check: Check,
  what: string,
  actual: readonly Stepped[],
  expected: readonly Stepped[],
  terms: number,
): void {
  const near = (name: string, values: Values, right: Values) =>
    check.near(
      `${what}: ${name} `,
      values,
      right,
      ofDepth(right.data, { steps: 4 * STEPS, terms }, check.precision),
    );
  for (const [i, { parameter, state }] of expected.entries()) {
    near(`parameter ${i} at`, actual[i].parameter, parameter);
    check.same(
      `${what}: the number of state tensors of parameter ${i}`,
      actual[i].state.length,
      state.length,
    );
    for (const [j, values] of state.entries())
      near(`state ${j} of parameter ${i} at`, actual[i].state[j], values);
  }
}

const together: Case[] = Object.entries(CONFIGS).flatMap(([name, config]) =>
  SHAPES.map((shapes) => ({
    group,
    name: `${name}: ${shapes.length} at once`,
    async run(check) {
      const [fused] = fusedIfAny(check.backend);
      const start = shapes.map((shape, i) => ({ parameter: random(shape, i) }));
      const right = new OptimizerRun(check, config, start, { backend: await check.reference() });
      const run = new OptimizerRun(check, config, start, { fused });
      for (let step = 1; step <= STEPS; step++) {
        right.step(gradientsOf(shapes, step));
        run.step(gradientsOf(shapes, step));
        sameSteps(check, `step ${step}`, await run.now(), await right.now(), 8);
      }
    },
  })),
);

/** The clip bounds for gradients of this norm: none, far above, at, below and far below it. */
const CLIPS: Readonly<Record<string, (norm: number) => number>> = {
  'not clipped': () => 0,
  'clipped far above the norm': (norm) => 100 * norm,
  'clipped at the norm': (norm) => norm,
  'clipped below the norm': (norm) => norm / 2,
  'clipped far below the norm': (norm) => norm / 1000,
};

/** The expected result of a step: the reference steps with gradients that are scaled here, in float64. */
function scaled(gradients: readonly Values[], clip: number): readonly Values[] {
  const factor = clip === 0 ? 1 : Math.min(1, clip / (normOf(gradients) + 1e-6));
  return gradients.map((gradient) => times(gradient, factor));
}

/** Runs the steps with one clip bound. */
async function clipped(
  check: Check,
  title: string,
  config: OptimizerConfig,
  start: readonly Pick<Stepped, 'parameter'>[],
  clip: (norm: number) => number,
  gradients: readonly (readonly Values[])[],
): Promise<void> {
  const right = new OptimizerRun(check, config, start, { backend: await check.reference() });
  const run = new OptimizerRun(check, config, start);
  for (const [i, unclipped] of gradients.entries()) {
    const what = `${title}, step ${i + 1}`;
    const [norm, terms] = [normOf(unclipped), countOf(unclipped)];
    const result = await run.clippedStep(unclipped, clip(norm));
    const expected = { shape: [1], data: [norm] };
    check.near(`${what}: the norm of the gradients `, result, expected, ofNorm(norm, terms, check.precision));
    right.step(scaled(unclipped, clip(norm)));
    sameSteps(check, what, await run.now(), await right.now(), 8 + terms / 4);
  }
}

const bounded: Case[] = Object.entries(CONFIGS).map(([name, config]) => ({
  group,
  name: `${name}: clipped by the norm of all`,
  async run(check) {
    for (const shapes of SHAPES) {
      const start = shapes.map((shape, i) => ({ parameter: random(shape, i) }));
      const gradients = [1, 2, 3].map((step) => gradientsOf(shapes, step));
      for (const [bound, clip] of Object.entries(CLIPS))
        await clipped(check, `${shapes.length} at once, ${bound}`, config, start, clip, gradients);
    }
  },
}));

/** A norm so small that the 1e-6 in clip / (norm + 1e-6) matters. */
const smallNorms: Case = {
  group,
  name: 'sgd: clipped, where the norm is about 1e-6',
  async run(check) {
    for (const shapes of SHAPES) {
      const scale = 2 ** Math.round(Math.log2(1e-6 / normOf(gradientsOf(shapes, 1))));
      const gradients = [gradientsOf(shapes, 1, scale)];
      const start = shapes.map((shape) => ({ parameter: random(shape, 1, 0, 0) }));
      const config = sgd({ learningRate: 1 / scale });
      await clipped(check, `${shapes.length} at once`, config, start, (norm) => norm / 2, gradients);
    }
  },
};

export const optimizerParameters: Case[] = [...together, ...bounded, smallNorms];
