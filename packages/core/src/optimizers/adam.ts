import type { AdamConfig } from '../contract/optimizer-config.js';
import { adamScalars } from '../contract/optimizer-scalars.js';
import { boolean, checkOptions, fraction, nonNegativeNumber, optional } from '../options.js';
import { type ComposedStep, combine, common, decayed, type OptionsOf } from './step.js';

/**
 * Adam: `fit(samples, { optimizer: adam({ learningRate: 0.001 }) })`.
 * Defaults and equations are those of `torch.optim.Adam`; learningRate 0.001.
 * @throws OptionError for an unknown or invalid option
 */
export function adam(options: OptionsOf<AdamConfig> = {}): AdamConfig {
  return { kind: 'adam', ...checkOptions('adam', options, checks(0)) };
}

/**
 * Adam with decoupled weight decay. Defaults and equations are those of `torch.optim.AdamW`; learningRate 0.001,
 * weightDecay 0.01.
 * @throws OptionError for an unknown or invalid option
 */
export function adamw(options: OptionsOf<AdamConfig> = {}): AdamConfig {
  return { kind: 'adamw', ...checkOptions('adamw', options, checks(0.01)) };
}

const checks = (weightDecay: number) => ({
  ...common(0.001, weightDecay),
  beta1: optional(fraction, 0.9),
  beta2: optional(fraction, 0.999),
  epsilon: optional(nonNegativeNumber, 1e-8),
  amsgrad: optional(boolean, false),
});

export const adamStep: ComposedStep<AdamConfig> = (tape, config, at, inputs) => {
  const scalars = adamScalars(config, at);
  const { rate, penalty, shrink, beta1, oneMinusBeta1, beta2, oneMinusBeta2, rootCorrection, epsilon } =
    scalars;
  const gradient = decayed(tape, penalty, inputs);

  const [lastM, lastV, lastMax] = inputs.state;
  const m = combine(tape, lastM, beta1, gradient, oneMinusBeta1);
  const v = combine(tape, lastV, beta2, tape.mul(gradient, gradient), oneMinusBeta2);
  const vMax = config.amsgrad ? tape.maximum(lastMax, v) : v;

  const root = tape.affine(tape.sqrt(vMax), rootCorrection, epsilon);
  return {
    parameter: combine(tape, inputs.parameter, shrink, tape.div(m, root), -rate),
    state: config.amsgrad ? [m, v, vMax] : [m, v],
  };
};
