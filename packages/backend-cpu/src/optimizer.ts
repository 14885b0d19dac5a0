import { type OptimizerKernel, sizeOf } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Every optimizer, in place. What depends on the step alone is computed here, in float64. */
export function optimizer({ kernels, at, written }: Arrays): OptimizerKernel {
  return {
    declines: () => undefined,

    step({ config, learningRate, step }, { parameter, gradient, state }) {
      const addresses = [at(parameter), at(gradient)] as const;
      const size = sizeOf(parameter.shape);
      const { weightDecay } = config;
      switch (config.kind) {
        case 'sgd': {
          const velocity = config.momentum > 0 ? at(state[0]) : 0;
          const { momentum, nesterov } = config;
          kernels.sgd(...addresses, velocity, size, learningRate, weightDecay, momentum, nesterov);
          break;
        }
        case 'adam':
        case 'adamw': {
          const { beta1, beta2, epsilon } = config;
          const decoupled = config.kind === 'adamw';
          const [m, v] = state.map(at);
          const largest = config.amsgrad ? at(state[2]) : 0;
          const rate = learningRate / (1 - beta1 ** step);
          const penalty = decoupled ? 0 : weightDecay;
          const shrink = decoupled ? 1 - learningRate * weightDecay : 1;
          const means = [beta1, 1 - beta1, beta2, 1 - beta2] as const;
          const rootCorrection = 1 / Math.sqrt(1 - beta2 ** step);
          kernels.adam(
            ...addresses,
            m,
            v,
            largest,
            size,
            rate,
            penalty,
            shrink,
            ...means,
            rootCorrection,
            epsilon,
          );
          break;
        }
        case 'rmsprop': {
          const { decay, momentum, epsilon } = config;
          const mean = config.centered ? at(state[1]) : 0;
          const velocity = momentum > 0 ? at(state[state.length - 1]) : 0;
          const kept = [at(state[0]), mean, velocity] as const;
          const shares = [decay, 1 - decay, momentum] as const;
          kernels.rmsprop(...addresses, ...kept, size, learningRate, weightDecay, ...shares, epsilon);
          break;
        }
        case 'adagrad': {
          const rate = learningRate / (1 + (step - 1) * config.learningRateDecay);
          kernels.adagrad(...addresses, at(state[0]), size, rate, weightDecay, config.epsilon);
          break;
        }
      }
      written(parameter);
      return { parameter, state };
    },
  };
}
