import type { SgdConfig } from '../contract/optimizer-config.js';
import { OptionError } from '../errors.js';
import { boolean, checkOptions, fraction, optional } from '../options.js';
import { type ComposedStep, combine, common, decayed, type OptionsOf } from './step.js';

/**
 * Stochastic gradient descent: `fit(samples, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) })`.
 * Defaults and equations are those of `torch.optim.SGD`; learningRate 0.001.
 * @throws OptionError for an unknown or invalid option, and for nesterov without momentum
 */
export function sgd(options: OptionsOf<SgdConfig> = {}): SgdConfig {
  const checked = checkOptions('sgd', options, {
    ...common(0.001),
    momentum: optional(fraction, 0),
    nesterov: optional(boolean, false),
  });
  if (checked.nesterov && checked.momentum === 0) {
    throw new OptionError('sgd: nesterov needs a momentum above 0, but momentum is 0');
  }
  return { kind: 'sgd', ...checked };
}

export const sgdStep: ComposedStep<SgdConfig> = (tape, config, { learningRate }, inputs) => {
  const { momentum, nesterov, weightDecay } = config;
  const { parameter } = inputs;
  const gradient = decayed(tape, weightDecay, inputs);
  if (momentum === 0) return { parameter: combine(tape, parameter, 1, gradient, -learningRate), state: [] };
  const velocity = tape.add(tape.affine(inputs.state[0], momentum), gradient);
  const direction = nesterov ? tape.add(gradient, tape.affine(velocity, momentum)) : velocity;
  return { parameter: combine(tape, parameter, 1, direction, -learningRate), state: [velocity] };
};
