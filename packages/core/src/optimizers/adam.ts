import { boolean, checkOptions, fraction, nonNegativeNumber, optional } from '../options.js';
import type { AdamConfig } from './config.js';
import { type ComposedStep, combine, common, decayed, type OptionsOf } from './step.js';

/**
 * Adam: `fit(samples, { optimizer: adam({ learningRate: 0.001 }) })`.
 * Defaults and equations are those of `torch.optim.Adam`; learningRate 0.001.
 * @throws OptionError for an unknown or impossible option
 */
export function adam(options: OptionsOf<AdamConfig> = {}): AdamConfig {
  return { kind: 'adam', ...checkOptions('adam', options, checks(0)) };
}

/**
 * Adam with decoupled weight decay. Defaults and equations are those of `torch.optim.AdamW`; learningRate 0.001,
 * weightDecay 0.01.
 * @throws OptionError for an unknown or impossible option
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

export const adamStep: ComposedStep<AdamConfig> = (tape, config, { learningRate, step }, inputs) => {
  const { kind, beta1, beta2, epsilon, amsgrad, weightDecay } = config;
  const gradient = kind === 'adam' ? decayed(tape, weightDecay, inputs) : inputs.gradient;
  const keep = kind === 'adamw' ? 1 - learningRate * weightDecay : 1;

  const [lastM, lastV, lastMax] = inputs.state;
  const m = combine(tape, lastM, beta1, gradient, 1 - beta1);
  const v = combine(tape, lastV, beta2, tape.mul(gradient, gradient), 1 - beta2);
  const vMax = amsgrad ? tape.maximum(lastMax, v) : v;

  // Both means start at zero; dividing by 1 − β^step takes that bias out.
  const root = tape.affine(tape.sqrt(vMax), 1 / Math.sqrt(1 - beta2 ** step), epsilon);
  const rate = learningRate / (1 - beta1 ** step);
  return {
    parameter: combine(tape, inputs.parameter, keep, tape.div(m, root), -rate),
    state: amsgrad ? [m, v, vMax] : [m, v],
  };
};
