/* Fused optimizers that are wrong late in training, or when training resumes from a checkpoint. */
import type { Tensor } from '@recurra/core';
import type { OptimizerKernel, OptimizerSpec } from '@recurra/core/backend';
import { fused } from './kernels.js';
import type { Mutant } from './mutant.js';

const optimizer = (
  name: string,
  what: string,
  first: string,
  change: (step: OptimizerKernel['step'], zeros: (x: Tensor) => Tensor) => OptimizerKernel['step'],
): Mutant =>
  fused(`optimizer: ${name}`, what, first, (right, { optimizer }) => {
    const zeros = (x: Tensor) => {
      right.free(x);
      return right.fill(x.shape, 0);
    };
    return { optimizer: { ...optimizer, step: change(optimizer.step, zeros) } };
  });

/** Replaces the step number by another one. */
const late = (name: string, what: string, taken: (step: number, kind: string) => number): Mutant =>
  optimizer(
    name,
    what,
    'kernels/optimizers: adam: ',
    (step) => (spec: OptimizerSpec, inputs) =>
      step({ ...spec, step: taken(spec.step, spec.config.kind) }, inputs),
  );

const lateSteps: Mutant[] = [
  late(
    'steps above 200 are treated as step 200',
    'bias correction and decay stay at their values of step 200',
    (step) => Math.min(step, 200),
  ),
  late('steps are counted in a byte', 'step 256 is treated as step 2', (step) =>
    step > 255 ? (step % 256) + 2 : step,
  ),
  late('no bias correction past step 1000', 'the correction factor is 1, its limit', (step, kind) =>
    step > 1000 && kind.startsWith('adam') ? step + 1e6 : step,
  ),
];

const resumed: Mutant[] = [
  optimizer(
    'state of its own',
    'after the first step, a state that the optimizer did not create is treated as zeros',
    'kernels/optimizers: sgd, momentum',
    (step, zeros) => {
      const made = new WeakSet<Tensor>();
      return (spec, inputs) => {
        const own = (x: Tensor) => (made.has(x) ? x : zeros(x));
        const states = spec.step === 1 ? inputs.states : inputs.states.map((state) => state.map(own));
        const next = step(spec, { ...inputs, states });
        for (const x of next.states.flat()) made.add(x);
        return next;
      };
    },
  ),
  optimizer(
    'steps counted by itself',
    'a parameter that the optimizer did not create is treated as at its first step',
    'kernels/optimizers: adam: ',
    (step) => {
      const steps = new WeakMap<Tensor, number>();
      return (spec, inputs) => {
        const count = (steps.get(inputs.parameters[0]) ?? 0) + 1;
        // Passes some state, so that the correct kernel does not treat the step as the first one.
        const next = step({ ...spec, step: spec.step === 1 ? 1 : Math.max(2, count) }, inputs);
        steps.set(next.parameters[0], count);
        return next;
      };
    },
  ),
];

export const optimizerState: Mutant[] = [...lateSteps, ...resumed];
