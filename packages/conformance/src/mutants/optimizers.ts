/* Fused optimizers that are wrong. */
import type { Backend, OptimizerConfig } from '@recurra/core';
import type { OptimizerSpec } from '@recurra/core/backend';
import { titleOf } from '../suite.js';
import { optimizerKernel, type ParameterStep, type Update, updateOf } from './baseline-optimizer.js';
import { fused } from './kernels.js';
import { compute, type Mutant, roundTo } from './mutant.js';

/** The cases that test an optimizer's options. */
const ofOptimizers: Mutant['first'] = (item) => /^goldens\/optimizers|steps of/.test(titleOf(item));

const optimizer = (name: string, what: string, change: (step: Update, right: Backend) => Update): Mutant =>
  fused(name, what, ofOptimizers, (right) => ({
    optimizer: optimizerKernel(right, { update: change(updateOf(right), right) }),
  }));

/** Changes the request. */
const request = (
  name: string,
  what: string,
  change: (spec: OptimizerSpec) => Partial<OptimizerSpec>,
): Mutant => optimizer(name, what, (step) => (spec, inputs) => step({ ...spec, ...change(spec) }, inputs));

/** Changes the config if it is of this optimizer. */
const config = (
  kinds: OptimizerConfig['kind'] | 'all',
  name: string,
  what: string,
  change: (config: OptimizerConfig) => object,
): Mutant =>
  request(name, what, ({ config }) =>
    kinds === 'all' || kinds === config.kind
      ? { config: { ...config, ...change(config) } as OptimizerConfig }
      : {},
  );

/** Changes the gradient. */
const gradient = (
  name: string,
  what: string,
  change: (spec: OptimizerSpec, inputs: ParameterStep, right: Backend) => ParameterStep['gradient'],
): Mutant =>
  optimizer(name, what, (step, right) => (spec, inputs) => {
    const changed = change(spec, inputs, right);
    const next = step(spec, { ...inputs, gradient: changed });
    right.free(changed);
    return next;
  });

export const optimizers: Mutant[] = [
  request('adam: no bias correction', 'the correction is that of step 100 000', ({ step, config }) => ({
    step: config.kind === 'adagrad' ? step : step + 100_000,
  })),
  request(
    'adam: bias correction one late',
    'the correction is that of the next step',
    ({ step, config }) => ({
      step: config.kind === 'adagrad' ? step : step + 1,
    }),
  ),
  config('adam', 'adam: decoupled decay', 'adam decays as adamw does', () => ({ kind: 'adamw' })),
  config('adamw', 'adamw: coupled decay', 'adamw decays as adam does', () => ({ kind: 'adam' })),
  config('all', 'no weight decay', 'the option is ignored', () => ({ weightDecay: 0 })),
  config(
    'all',
    'betas swapped',
    'the decay rates of the mean gradient and of the mean square are swapped',
    (args) => ('beta1' in args ? { beta1: args.beta2, beta2: args.beta1 } : {}),
  ),
  config('rmsprop', 'rmsprop: decay from the other end', 'the mean square decays by 1 − decay', (args) =>
    'decay' in args ? { decay: 1 - args.decay } : {},
  ),
  config('all', 'epsilon fixed', 'the option is ignored and 1e-7 used', (args) =>
    'epsilon' in args ? { epsilon: 1e-7 } : {},
  ),
  optimizer(
    'epsilon inside the root',
    'it divides by √(v + ε) instead of √v + ε',
    (_, right) => (spec, inputs) => {
      const { epsilon } = { epsilon: Number.NaN, ...spec.config };
      const arithmetic: Backend = {
        ...right,
        unary: (op, x) =>
          op === 'sqrt'
            ? compute(right, (tape) => tape.sqrt(tape.affine(x, 1, epsilon)))
            : right.unary(op, x),
        affine: (x, scale, shift) => right.affine(x, scale, shift === epsilon ? 0 : shift),
      };
      return updateOf(arithmetic)(spec, inputs);
    },
  ),
  optimizer(
    'adam: amsgrad forgotten',
    'the maximum of the mean square is not stored',
    (step) => (spec, inputs) => {
      if (!('amsgrad' in spec.config && spec.config.amsgrad)) return step(spec, inputs);
      const [m, v, largest] = inputs.state;
      const next = step(
        { ...spec, config: { ...spec.config, amsgrad: false } },
        { ...inputs, state: [m, v] },
      );
      return { ...next, state: [...next.state, largest] };
    },
  ),
  optimizer('rmsprop: not centered', 'the squared mean is not subtracted', (step) => (spec, inputs) => {
    if (!('centered' in spec.config && spec.config.centered)) return step(spec, inputs);
    const [square, mean, ...velocity] = inputs.state;
    const plain = { ...spec, config: { ...spec.config, centered: false } };
    const next = step(plain, { ...inputs, state: [square, ...velocity] });
    const [first, ...rest] = next.state;
    return { ...next, state: [first, mean, ...rest] };
  }),
  config('sgd', 'sgd: nesterov ignored', 'plain momentum', () => ({ nesterov: false })),
  gradient('sgd: momentum dampened', 'the velocity is a moving average', ({ config }, { gradient }, right) =>
    right.affine(gradient, config.kind === 'sgd' ? 1 - config.momentum : 1, 0),
  ),
  request('adagrad: decay one early', 'the learning rate decays one step too early', ({ step, config }) => ({
    step: config.kind === 'adagrad' ? step + 1 : step,
  })),
  config('adagrad', 'adagrad: no decay', 'learningRateDecay is ignored', () => ({ learningRateDecay: 0 })),
  config('adagrad', 'adagrad: starts at zero', 'initialAccumulator is ignored', () => ({
    initialAccumulator: 0,
  })),
  optimizer('the first learning rate at every step', 'the learning-rate schedule is ignored', (step) => {
    let first: number | undefined;
    return (spec, inputs) => {
      if (spec.step === 1) first = spec.learningRate;
      return step({ ...spec, learningRate: first ?? spec.learningRate }, inputs);
    };
  }),
  optimizer('the state stays', 'the new state is not stored', (step, right) => (spec, inputs) => {
    const old = inputs.state.map((x) => right.affine(x, 1, 0));
    const next = step(spec, inputs);
    for (const x of next.state) right.free(x);
    return { ...next, state: old };
  }),
  optimizer('the state in another order', 'm and v are stored in swapped order', (step) => (spec, inputs) => {
    const turned = (state: ParameterStep['state']) => [...state].reverse();
    const next = step(spec, { ...inputs, state: spec.step > 1 ? turned(inputs.state) : inputs.state });
    return { ...next, state: turned(next.state) };
  }),
  optimizer(
    'zero gradients are skipped',
    'a parameter with a zero gradient does not change',
    (step, right) => (spec, inputs) => {
      const old = right.affine(inputs.parameter, 1, 0);
      const next = step(spec, inputs);
      const parameter = compute(right, (tape) => tape.select(inputs.gradient, next.parameter, old));
      for (const x of [old, next.parameter]) right.free(x);
      return { ...next, parameter };
    },
  ),
  gradient('uphill', 'the sign of the gradient is flipped', (_, { gradient }, right) =>
    right.affine(gradient, -1, 0),
  ),
  optimizer(
    'parameters in half precision',
    'parameters are rounded to 11 bits',
    (step, right) => (spec, inputs) => {
      const next = step(spec, inputs);
      const parameter = compute(right, (tape) => roundTo(11, tape, next.parameter));
      right.free(next.parameter);
      return { ...next, parameter };
    },
  ),
  optimizer(
    'the old parameter stays',
    'the old parameter is not freed: one tensor leaks at each step',
    (step, right) => (spec, inputs) =>
      step(spec, { ...inputs, parameter: right.affine(inputs.parameter, 1, 0) }),
  ),
  optimizer(
    'the gradient is freed',
    'the optimizer frees a tensor that it does not own',
    (step, right) => (spec, inputs) => {
      const next = step(spec, inputs);
      right.free(inputs.gradient);
      return next;
    },
  ),
];
