/*
 * The fused optimizer step updates all parameters in one call, clipped by the global norm, or skips the step.
 */
import { reference } from '@recurra/backend-reference';
import {
  adagrad,
  adam,
  adamw,
  type Backend,
  Optimizer,
  type OptimizerConfig,
  rmsprop,
  type Shape,
  sgd,
  Tape,
} from '@recurra/core';
import type { OptimizerKernel } from '@recurra/core/backend';
import { beforeAll, describe, expect, test } from 'vitest';
import type { WebGpuBackend } from '../src/index.js';
import { expectClose, missing, numbers, open, titled } from './support.js';

const CONFIGS: readonly OptimizerConfig[] = [
  sgd({ weightDecay: 0.1 }),
  sgd({ momentum: 0.9, nesterov: true }),
  adam({ weightDecay: 0.05 }),
  adam({ amsgrad: true, beta2: 0.9 }),
  adamw({ weightDecay: 0.05 }),
  rmsprop({ momentum: 0.5, weightDecay: 0.01 }),
  rmsprop({ centered: true, momentum: 0.5 }),
  adagrad({ learningRateDecay: 0.1, initialAccumulator: 0.1 }),
];
const RATE = 0.01;
/** More gradients than one dispatch of squares reads; one of them has several parts, and one is empty. */
const MANY: readonly Shape[] = [[7, 5], [1], [70, 90], [4], [33], [2, 2], [3], [0], [9], [5, 3]];

const scaled = (shape: Shape, seed: number, factor: number) => numbers(shape, seed).map((x) => x * factor);
const normOf = (arrays: readonly Float32Array[]) =>
  Math.sqrt(arrays.reduce((sum, array) => array.reduce((sum, x) => sum + x * x, sum), 0));

/**
 * Parameters and states after three steps of the reference. It does not clip, so the gradients are clipped
 * here, in float64.
 */
async function composed(config: OptimizerConfig, shapes: readonly Shape[], clip: number) {
  const backend = await reference();
  const optimizer = new Optimizer({ ...config, learningRate: RATE }, backend);
  const names = shapes.map((_, i) => String(i));
  const parameters = new Map(
    names.map((name, i) => [name, backend.upload(numbers(shapes[i], i), shapes[i])]),
  );
  for (let step = 1; step <= 3; step++) {
    const gradients = shapes.map((shape, i) => scaled(shape, 10 * step + i, step));
    const factor = clip > 0 ? Math.min(1, clip / (normOf(gradients) + 1e-6)) : 1;
    const tape = new Tape(backend, { fused: false });
    const tensors = gradients.map((values, i) =>
      tape.constant(
        Array.from(values, (x) => x * factor),
        shapes[i],
      ),
    );
    optimizer.apply(tape, parameters, new Map(names.map((name, i) => [name, tensors[i]])));
    tape.dispose();
  }
  const states = names.map((name) => optimizer.state.get(name) ?? []);
  return readAll(backend, [...parameters.values()], states);
}

/** The same with the fused kernel; its guard, if any, is a loss of 1. */
async function fused(
  backend: Backend,
  config: OptimizerConfig,
  shapes: readonly Shape[],
  { clip, guarded }: { clip: number; guarded: boolean },
) {
  const kernel = backend.fused.optimizer as OptimizerKernel;
  let parameters: OptimizerTensors['parameters'] = shapes.map((shape, i) =>
    backend.upload(numbers(shape, i), shape),
  );
  let states: OptimizerTensors['states'] = shapes.map((shape) =>
    startOf(config).map((x) => backend.fill(shape, x)),
  );
  const norms: number[] = [];
  for (let step = 1; step <= 3; step++) {
    const gradients = shapes.map((shape, i) => backend.upload(scaled(shape, 10 * step + i, step), shape));
    const guard = guarded ? backend.fill([1], 1) : undefined;
    const spec = { config, learningRate: RATE, step, clip, guarded };
    const next = kernel.step(spec, { parameters, gradients, states, guard });
    ({ parameters, states } = next);
    expect(next.gradientNorm !== undefined).toBe(guarded);
    if (next.gradientNorm) norms.push((await backend.read(next.gradientNorm))[0]);
    for (const x of [...gradients, guard, next.gradientNorm]) if (x) backend.free(x);
  }
  const values = await readAll(backend, parameters, states);
  for (const x of [...parameters, ...states.flat()]) backend.free(x);
  expect(backend.memory().tensors).toBe(0);
  return { ...values, norms };
}

type OptimizerTensors = Pick<ReturnType<OptimizerKernel['step']>, 'parameters' | 'states'>;

async function readAll(
  backend: Backend,
  parameters: OptimizerTensors['parameters'],
  states: OptimizerTensors['states'],
) {
  const read = (x: (typeof parameters)[number]) => backend.read(x);
  return {
    parameters: await Promise.all(parameters.map(read)),
    states: await Promise.all(states.flat().map(read)),
  };
}

function startOf(config: OptimizerConfig): number[] {
  switch (config.kind) {
    case 'sgd':
      return config.momentum > 0 ? [0] : [];
    case 'adam':
    case 'adamw':
      return config.amsgrad ? [0, 0, 0] : [0, 0];
    case 'rmsprop':
      return [0, ...(config.centered ? [0] : []), ...(config.momentum > 0 ? [0] : [])];
    case 'adagrad':
      return [config.initialAccumulator];
  }
}

describe.skipIf(missing)(titled('the fused optimizer step'), () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await open();
    return () => backend.dispose();
  });

  test.each(CONFIGS)(
    '$kind, with $momentum $amsgrad $centered, equals core’s composition',
    async (config) => {
      for (const [shapes, clip, guarded] of [
        [[[7, 5]], 0, false],
        [[[7, 5]], 0, true],
        [[[7, 5]], 0.5, true],
        [MANY, 20, true],
      ] as const) {
        const actual = await fused(backend, config, shapes, { clip, guarded });
        const exact = await composed(config, shapes, clip);
        const what = `${shapes.length} parameters, clip ${clip}`;
        for (const [i, values] of exact.parameters.entries())
          expectClose(actual.parameters[i], values, 2e-6, what);
        for (const [i, values] of exact.states.entries()) expectClose(actual.states[i], values, 2e-6, what);
        for (const [i, norm] of actual.norms.entries()) {
          const expected = normOf(shapes.map((shape, k) => scaled(shape, 10 * (i + 1) + k, i + 1)));
          expect(Math.abs(norm / expected - 1), what).toBeLessThan(1e-6);
        }
      }
    },
  );

  test('gives the same bits with and without a guard, if nothing is clipped', async () => {
    const run = (clip: number, guarded: boolean) => fused(backend, adam(), MANY, { clip, guarded });
    const { norms: _, ...expected } = await run(0, false);
    for (const clip of [0, 1e6]) expect(await run(clip, true)).toMatchObject(expected);
  });

  test('repeats bit for bit', async () => {
    const run = () => fused(backend, adam(), MANY, { clip: 0.5, guarded: true });
    expect(await run()).toEqual(await run());
  });

  test.each([
    ['a loss that is NaN', NaN, 1, 1],
    ['an infinite loss', -Infinity, 1, 1],
    ['a gradient that is NaN', 1, NaN, 1],
    ['an infinite gradient', 1, 1, Infinity],
    ['squares that overflow float32', 1, 1e20, 1],
  ])('changes nothing for %s', async (_, loss, first, second) => {
    for (const clip of [0, 0.5]) {
      const kernel = backend.fused.optimizer as OptimizerKernel;
      const [p, q] = [numbers([40], 1), numbers([3, 3], 2)];
      const parameters = [backend.upload(p, [40]), backend.upload(q, [3, 3])];
      const states = parameters.map(({ shape }) => [backend.fill(shape, 0.25), backend.fill(shape, 0.5)]);
      const gradients = [first, second].map((value, i) => {
        const values = numbers(parameters[i].shape, 5);
        values[values.length - 1] = value;
        return backend.upload(values, parameters[i].shape);
      });
      const guard = backend.upload([loss], [1]);
      const spec = { config: adam(), learningRate: RATE, step: 1, clip, guarded: true };
      const next = kernel.step(spec, { parameters, gradients, states, guard });
      const values = await readAll(backend, next.parameters, next.states);
      expect(values.parameters).toEqual([p, q]);
      expect(values.states.map((state) => [...new Set(state)])).toEqual([[0.25], [0.5], [0.25], [0.5]]);
      const [norm] = await backend.read(next.gradientNorm!);
      expect(Number.isFinite(norm)).toBe(!Number.isFinite(loss));
      for (const x of [...next.parameters, ...next.states.flat(), ...gradients, guard, next.gradientNorm!]) {
        backend.free(x);
      }
      expect(backend.memory().tensors).toBe(0);
    }
  });

  test('accepts a step without parameters', async () => {
    const kernel = backend.fused.optimizer as OptimizerKernel;
    const guard = backend.fill([1], 1);
    const spec = { config: adam(), learningRate: RATE, step: 1, clip: 1, guarded: true };
    const { gradientNorm } = kernel.step(spec, { parameters: [], gradients: [], states: [], guard });
    expect(await backend.read(gradientNorm!)).toEqual(Float32Array.of(0));
    for (const x of [guard, gradientNorm!]) backend.free(x);
  });
});
