import type { Tensor } from '@recurra/core';
import {
  adagradScalars,
  adamScalars,
  type OptimizerInputs,
  type OptimizerKernel,
  type OptimizerSpec,
  rmspropScalars,
  sgdScalars,
  sizeOf,
} from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Updates by every optimizer, in place, one parameter after the other. */
export function optimizer(context: Context): OptimizerKernel {
  const { kernels, addressOf, create, markChanged } = context;
  return {
    declines: () => undefined,

    step(spec, inputs) {
      const { parameters, gradients, states, guard } = inputs;
      const { norm, clip } = guard ? measure(context, spec, inputs) : { norm: 0, clip: 1 };
      if (Number.isFinite(norm)) {
        for (const [i, parameter] of parameters.entries()) {
          stepOne(context, spec, clip, parameter, gradients[i], states[i]);
          markChanged(parameter);
        }
      }
      if (!guard) return { parameters, states };
      const gradientNorm = create([1]);
      kernels.fill(addressOf(gradientNorm), norm, 1);
      return { parameters, states, gradientNorm };
    },
  };
}

/**
 * The global norm of the gradients, and the factor that scales it to the limit. The norm is not finite if the
 * guard is not, or if the sum of squares is too large for float32.
 */
function measure(
  { kernels, addressOf }: Context,
  { clip }: OptimizerSpec,
  { gradients, guard }: OptimizerInputs,
): { norm: number; clip: number } {
  let squares = 0;
  for (const gradient of gradients) {
    squares += kernels.sumOfSquares(addressOf(gradient), sizeOf(gradient.shape));
  }
  const loss = kernels.valueOf(addressOf(guard as Tensor));
  const norm = Number.isFinite(loss) ? Math.sqrt(Math.fround(squares)) : Number.NaN;
  return { norm, clip: clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1 };
}

function stepOne(
  { kernels, addressOf }: Context,
  spec: OptimizerSpec,
  clip: number,
  parameter: Tensor,
  gradient: Tensor,
  state: readonly Tensor[],
): void {
  const { config } = spec;
  const p = addressOf(parameter);
  const g = addressOf(gradient);
  const size = sizeOf(parameter.shape);
  switch (config.kind) {
    case 'sgd': {
      const { rate, penalty, momentum } = sgdScalars(config, spec);
      const velocity = momentum > 0 ? addressOf(state[0]) : 0;
      kernels.sgd(p, g, velocity, size, clip, rate, penalty, momentum, config.nesterov);
      break;
    }
    case 'adam':
    case 'adamw': {
      const scalars = adamScalars(config, spec);
      const { rate, penalty, shrink, beta1, oneMinusBeta1, beta2, oneMinusBeta2, rootCorrection, epsilon } =
        scalars;
      const m = addressOf(state[0]);
      const v = addressOf(state[1]);
      const vMax = config.amsgrad ? addressOf(state[2]) : 0;
      // biome-ignore format: the arguments in the order of the kernel's
      kernels.adam(
        p, g, m, v, vMax, size, clip, rate, penalty, shrink, beta1, oneMinusBeta1, beta2, oneMinusBeta2, rootCorrection, epsilon,
      );
      break;
    }
    case 'rmsprop': {
      const { rate, penalty, decay, oneMinusDecay, momentum, epsilon } = rmspropScalars(config, spec);
      const mean = config.centered ? addressOf(state[1]) : 0;
      const velocity = momentum > 0 ? addressOf(state[state.length - 1]) : 0;
      const s = addressOf(state[0]);
      kernels.rmsprop(
        p,
        g,
        s,
        mean,
        velocity,
        size,
        clip,
        rate,
        penalty,
        decay,
        oneMinusDecay,
        momentum,
        epsilon,
      );
      break;
    }
    case 'adagrad': {
      const { rate, penalty, epsilon } = adagradScalars(config, spec);
      kernels.adagrad(p, g, addressOf(state[0]), size, clip, rate, penalty, epsilon);
      break;
    }
  }
}
