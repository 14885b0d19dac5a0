import type { AdagradConfig } from '../contract/optimizer-config.js';
import { adagradScalars } from '../contract/optimizer-scalars.js';
import { checkOptions, nonNegativeNumber, optional } from '../options.js';
import { type ComposedStep, combine, common, decayed, type OptionsOf } from './step.js';

/**
 * Adagrad. Defaults and equations are those of `torch.optim.Adagrad`; learningRate 0.01.
 * @throws OptionError for an unknown or invalid option
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

export const adagradStep: ComposedStep<AdagradConfig> = (tape, config, at, inputs) => {
  const { rate, penalty, epsilon } = adagradScalars(config, at);
  const gradient = decayed(tape, penalty, inputs);
  const sum = tape.add(inputs.state[0], tape.mul(gradient, gradient));
  const direction = tape.div(gradient, tape.affine(tape.sqrt(sum), 1, epsilon));
  return { parameter: combine(tape, inputs.parameter, 1, direction, -rate), state: [sum] };
};
