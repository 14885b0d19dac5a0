import {
  adagradScalars,
  adamScalars,
  type OptimizerInputs,
  type OptimizerKernel,
  type OptimizerSpec,
  rmspropScalars,
  sgdScalars,
} from '@recurra/core/backend';
import { OPTIMIZERS } from './codes.js';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** Updates by every optimizer, in place, all parameters in one call. */
export function optimizer({ native, get, getOrZero, resultIfAny }: Context): OptimizerKernel {
  const { shared, optimizerStep } = native;
  let handles = new Int32Array(0);

  /** Writes the handles in the order in which addon/operations/optimizer.cpp reads them. */
  const writeHandles = ({ parameters, gradients, states }: OptimizerInputs) => {
    const size = parameters.length * (2 + (states[0]?.length ?? 0));
    if (handles.length !== size) handles = new Int32Array(size);
    let next = 0;
    for (const x of parameters) handles[next++] = get(x);
    for (const x of gradients) handles[next++] = get(x);
    for (const state of states) for (const x of state) handles[next++] = get(x);
  };

  return {
    declines: () => undefined,

    step(spec, inputs) {
      const { parameters, states, guard } = inputs;
      writeHandles(inputs);
      writeNumbers(shared, spec);
      shared[F.count] = parameters.length;
      shared[F.guard] = getOrZero(guard);
      optimizerStep(handles);
      return { parameters, states, gradientNorm: resultIfAny(F.norm, [1]) };
    },
  };
}

/** Writes the numbers that all elements have in common; 0 for what the optimizer lacks. */
function writeNumbers(shared: Float64Array, spec: OptimizerSpec): void {
  const { config } = spec;
  shared.fill(0, F.rate, F.amsgrad + 1);
  shared[F.code] = OPTIMIZERS[config.kind];
  shared[F.clip] = spec.clip;
  switch (config.kind) {
    case 'sgd': {
      const { rate, penalty, momentum } = sgdScalars(config, spec);
      shared[F.rate] = rate;
      shared[F.penalty] = penalty;
      shared[F.momentum] = momentum;
      shared[F.nesterov] = Number(config.nesterov);
      break;
    }
    case 'adam':
    case 'adamw': {
      const scalars = adamScalars(config, spec);
      // The second mean's correction is taken out of the root, and so divides what the root is added to and divides.
      shared[F.rate] = scalars.rate / scalars.rootCorrection;
      shared[F.epsilon] = scalars.epsilon / scalars.rootCorrection;
      shared[F.penalty] = scalars.penalty;
      shared[F.shrink] = scalars.shrink;
      shared[F.beta1] = scalars.beta1;
      shared[F.oneMinusBeta1] = scalars.oneMinusBeta1;
      shared[F.beta2] = scalars.beta2;
      shared[F.oneMinusBeta2] = scalars.oneMinusBeta2;
      shared[F.amsgrad] = Number(config.amsgrad);
      break;
    }
    case 'rmsprop': {
      const { rate, penalty, decay, oneMinusDecay, momentum, epsilon } = rmspropScalars(config, spec);
      shared[F.rate] = rate;
      shared[F.penalty] = penalty;
      shared[F.beta2] = decay;
      shared[F.oneMinusBeta2] = oneMinusDecay;
      shared[F.momentum] = momentum;
      shared[F.epsilon] = epsilon;
      shared[F.centered] = Number(config.centered);
      break;
    }
    case 'adagrad': {
      const { rate, penalty, epsilon } = adagradScalars(config, spec);
      shared[F.rate] = rate;
      shared[F.penalty] = penalty;
      shared[F.epsilon] = epsilon;
      break;
    }
  }
}
