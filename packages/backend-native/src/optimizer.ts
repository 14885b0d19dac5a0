import {
  adagradScalars,
  adamScalars,
  type OptimizerInputs,
  type OptimizerKernel,
  type OptimizerSpec,
  rmspropScalars,
  sgdScalars,
} from '@recurra/core/backend';
import { OPTIMIZER as O, OPTIMIZERS } from './codes.js';
import type { Context } from './memory.js';

/** Updates by every optimizer, in place, all parameters in one call. */
export function optimizer({ native, get, getOrZero, add }: Context): OptimizerKernel {
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
      writeNumbers(native.shared, spec);
      const kind = OPTIMIZERS[spec.config.kind];
      const norm = native.optimizerStep(kind, handles, parameters.length, getOrZero(guard));
      if (!guard) return { parameters, states };
      return { parameters, states, gradientNorm: add(native.fill(1, norm), [1]) };
    },
  };
}

/** Writes the numbers that all elements have in common; 0 for what the optimizer lacks. */
function writeNumbers(shared: Float64Array, spec: OptimizerSpec): void {
  const { config } = spec;
  shared.fill(0, 0, O.amsgrad + 1);
  shared[O.clip] = spec.clip;
  switch (config.kind) {
    case 'sgd': {
      const { rate, penalty, momentum } = sgdScalars(config, spec);
      shared[O.rate] = rate;
      shared[O.penalty] = penalty;
      shared[O.momentum] = momentum;
      shared[O.nesterov] = Number(config.nesterov);
      break;
    }
    case 'adam':
    case 'adamw': {
      const scalars = adamScalars(config, spec);
      // The second mean's correction is taken out of the root, and so divides what the root is added to and divides.
      shared[O.rate] = scalars.rate / scalars.rootCorrection;
      shared[O.epsilon] = scalars.epsilon / scalars.rootCorrection;
      shared[O.penalty] = scalars.penalty;
      shared[O.shrink] = scalars.shrink;
      shared[O.beta1] = scalars.beta1;
      shared[O.oneMinusBeta1] = scalars.oneMinusBeta1;
      shared[O.beta2] = scalars.beta2;
      shared[O.oneMinusBeta2] = scalars.oneMinusBeta2;
      shared[O.amsgrad] = Number(config.amsgrad);
      break;
    }
    case 'rmsprop': {
      const { rate, penalty, decay, oneMinusDecay, momentum, epsilon } = rmspropScalars(config, spec);
      shared[O.rate] = rate;
      shared[O.penalty] = penalty;
      shared[O.beta2] = decay;
      shared[O.oneMinusBeta2] = oneMinusDecay;
      shared[O.momentum] = momentum;
      shared[O.epsilon] = epsilon;
      shared[O.centered] = Number(config.centered);
      break;
    }
    case 'adagrad': {
      const { rate, penalty, epsilon } = adagradScalars(config, spec);
      shared[O.rate] = rate;
      shared[O.penalty] = penalty;
      shared[O.epsilon] = epsilon;
      break;
    }
  }
}
