/* Every optimizer for 30 steps of thousands of elements, resumed from a saved state, and at late steps. */
import { adagrad, adam, adamw, type OptimizerConfig, rmsprop, sgd } from '@recurra/core';
import type { Check } from '../../check.js';
import { fusedIfAny } from '../../fused-and-composed.js';
import { random, type Values } from '../../numbers.js';
import { awayFromZero, type Stepped, steps } from '../../optimizer-run.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';

const group = 'kernels/optimizers';
const [STEPS, HALF] = [30, 15];
const SHAPE = [5003];
/** A step count at which a bias correction that is right in the first steps may be wrong. */
const LATE = 1000;

const CONFIGS: Readonly<Record<string, OptimizerConfig>> = {
  sgd: sgd({ learningRate: 0.05, weightDecay: 0.1 }),
  'sgd, momentum': sgd({ learningRate: 0.05, momentum: 0.9 }),
  'sgd, nesterov': sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  adam: adam({ learningRate: 0.02 }),
  'adam, amsgrad, weightDecay': adam({ learningRate: 0.02, amsgrad: true, beta2: 0.9, weightDecay: 0.1 }),
  'adam, falling rate': adam({
    learningRate: { kind: 'exponential', rate: 0.05, factor: 0.9 },
    epsilon: 1e-3,
  }),
  adamw: adamw({ learningRate: 0.02, weightDecay: 0.1 }),
  rmsprop: rmsprop({ learningRate: 0.01, weightDecay: 0.1 }),
  'rmsprop, centered, momentum': rmsprop({ learningRate: 0.01, centered: true, momentum: 0.9 }),
  adagrad: adagrad({ learningRate: 0.05, learningRateDecay: 0.1, initialAccumulator: 0.5, weightDecay: 0.1 }),
};

/** Five gradients, used in rotation. */
function gradientsOf(count: number): Values[] {
  const few = [1, 2, 3, 4, 5].map((seed) => awayFromZero(SHAPE, seed));
  return Array.from({ length: count }, (_, step) => few[step % few.length]);
}

function same(check: Check, what: string, actual: Stepped, expected: Stepped): void {
  const near = (name: string, values: Values, right: Values) =>
    check.near(
      `${what}: ${name} `,
      values,
      right,
      ofDepth(right.data, { steps: 4 * STEPS, terms: 8 }, check.precision),
    );
  near('the parameter', actual.parameter, expected.parameter);
  check.same(`${what}: the number of state tensors`, actual.state.length, expected.state.length);
  for (const [i, state] of expected.state.entries()) near(`state ${i}`, actual.state[i], state);
}

export const optimizerSteps: Case[] = Object.entries(CONFIGS).map(([name, config]) => ({
  group,
  name: `${name}: ${STEPS} steps of ${SHAPE} elements, resumed after ${HALF}, and steps past the ${LATE}th`,
  async run(check) {
    const [fused] = fusedIfAny(check.backend);
    const start = { parameter: random(SHAPE, 9) };
    const gradients = gradientsOf(STEPS);
    const on = { backend: await check.reference() };
    const expected = await steps(check, on, config, start, gradients);
    same(check, 'at once', await steps(check, { fused }, config, start, gradients), expected);

    const half = await steps(check, { fused }, config, start, gradients.slice(0, HALF));
    const rest = gradients.slice(HALF);
    const resumed = await steps(check, { fused }, config, { ...half, step: HALF }, rest);
    same(check, 'resumed', resumed, expected);

    const late = { ...expected, step: LATE };
    const few = gradients.slice(0, 3);
    const after = await steps(check, on, config, late, few);
    same(check, `after step ${LATE}`, await steps(check, { fused }, config, late, few), after);
  },
}));
