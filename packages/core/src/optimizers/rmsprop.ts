import type { RmspropConfig } from '../contract/optimizer-config.js';
import type { Tensor } from '../contract/tensor.js';
import { boolean, checkOptions, fraction, nonNegativeNumber, optional } from '../options.js';
import { type ComposedStep, combine, common, decayed, type OptionsOf } from './step.js';

/**
 * RMSProp. Defaults and equations are those of `torch.optim.RMSprop`, whose `alpha` is `decay` here;
 * learningRate 0.01.
 * @throws OptionError for an unknown or invalid option
 */
export function rmsprop(options: OptionsOf<RmspropConfig> = {}): RmspropConfig {
  const checked = checkOptions('rmsprop', options, {
    ...common(0.01),
    decay: optional(fraction, 0.99),
    epsilon: optional(nonNegativeNumber, 1e-8),
    momentum: optional(fraction, 0),
    centered: optional(boolean, false),
  });
  return { kind: 'rmsprop', ...checked };
}

export const rmspropStep: ComposedStep<RmspropConfig> = (tape, config, { learningRate }, inputs) => {
  const { decay, epsilon, momentum, centered, weightDecay } = config;
  const { parameter, state } = inputs;
  const gradient = decayed(tape, weightDecay, inputs);

  const next: Tensor[] = [];
  let spread: Tensor;
  if (centered) {
    // The variance has its own recursion, because mean square − mean² loses precision if a gradient hardly changes.
    const [variance, mean] = state;
    const distance = tape.sub(gradient, mean);
    spread = combine(tape, variance, decay, tape.mul(distance, distance), decay * (1 - decay));
    next.push(spread, combine(tape, mean, decay, gradient, 1 - decay));
  } else {
    spread = combine(tape, state[0], decay, tape.mul(gradient, gradient), 1 - decay);
    next.push(spread);
  }
  let direction = tape.div(gradient, tape.affine(tape.sqrt(spread), 1, epsilon));
  if (momentum > 0) {
    direction = tape.add(tape.affine(state[state.length - 1], momentum), direction);
    next.push(direction);
  }
  return { parameter: combine(tape, parameter, 1, direction, -learningRate), state: next };
};
