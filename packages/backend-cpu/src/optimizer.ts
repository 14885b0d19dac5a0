import { type OptimizerKernel, sizeOf } from '@recurra/core';
import type { Context } from './memory.js';

/** Every optimizer, in place. The scalars that depend on the number of the step are computed here, in float64. */
export function optimizer({ kernels, addressOf, markChanged }: Context): OptimizerKernel {
  return {
    declines: () => undefined,

    step({ config, learningRate, step }, { parameter, gradient, state }) {
      const p = addressOf(parameter);
      const g = addressOf(gradient);
      const size = sizeOf(parameter.shape);
      const { weightDecay } = config;
      switch (config.kind) {
        case 'sgd': {
          const velocity = config.momentum > 0 ? addressOf(state[0]) : 0;
          const { momentum, nesterov } = config;
          kernels.sgd(p, g, velocity, size, learningRate, weightDecay, momentum, nesterov);
          break;
        }
        case 'adam':
        case 'adamw': {
          const { beta1, beta2, epsilon } = config;
          const decoupled = config.kind === 'adamw';
          const m = addressOf(state[0]);
          const v = addressOf(state[1]);
          const largest = config.amsgrad ? addressOf(state[2]) : 0;
          const rate = learningRate / (1 - beta1 ** step);
          const penalty = decoupled ? 0 : weightDecay;
          const shrink = decoupled ? 1 - learningRate * weightDecay : 1;
          const rootCorrection = 1 / Math.sqrt(1 - beta2 ** step);
          kernels.adam(
            p,
            g,
            m,
            v,
            largest,
            size,
            rate,
            penalty,
            shrink,
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            rootCorrection,
            epsilon,
          );
          break;
        }
        case 'rmsprop': {
          const { decay, momentum, epsilon } = config;
          const mean = config.centered ? addressOf(state[1]) : 0;
          const velocity = momentum > 0 ? addressOf(state[state.length - 1]) : 0;
          const square = addressOf(state[0]);
          kernels.rmsprop(
            p,
            g,
            square,
            mean,
            velocity,
            size,
            learningRate,
            weightDecay,
            decay,
            1 - decay,
            momentum,
            epsilon,
          );
          break;
        }
        case 'adagrad': {
          const rate = learningRate / (1 + (step - 1) * config.learningRateDecay);
          kernels.adagrad(p, g, addressOf(state[0]), size, rate, weightDecay, config.epsilon);
          break;
        }
      }
      markChanged(parameter);
      return { parameter, state };
    },
  };
}
