import { checkOptions, nonNegativeNumber, optional } from '../options.js';
import type { AdagradConfig } from './config.js';
import { type ComposedStep, combine, common, decayed, type OptionsOf } from './step.js';

/**
 * Adagrad. Defaults and equations are those of `torch.optim.Adagrad`; learningRate 0.01.
 * @throws OptionError for an unknown or impossible option
 */
export function adagrad(options: OptionsOf<AdagradConfig> = {}): AdagradConfig {
  const checked = checkOptions('adagrad', options, {
    ...common(0.01),
    epsilon: optional(nonNegativeNumber, 1e-10),
    learningRateDecay: optional(nonNegativeNumber, 0),
    initialAccumulator: optional(nonNegativeNumber, 0),
  });
  return { kind: 'adagrad', ...checked };
}

export const adagradStep: ComposedStep<AdagradConfig> = (tape, config, { learningRate, step }, inputs) => {
  const gradient = decayed(tape, config.weightDecay, inputs);
  const rate = learningRate / (1 + (step - 1) * config.learningRateDecay);
  const sum = tape.add(inputs.state[0], tape.mul(gradient, gradient));
  const direction = tape.div(gradient, tape.affine(tape.sqrt(sum), 1, config.epsilon));
  return { parameter: combine(tape, inputs.parameter, 1, direction, -rate), state: [sum] };
};
