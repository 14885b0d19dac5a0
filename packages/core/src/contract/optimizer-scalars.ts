import type { OptimizerSpec } from './fused.js';
import type { AdagradConfig, AdamConfig, RmspropConfig, SgdConfig } from './optimizer-config.js';

/**
 * The scalars of one optimizer step, which are the same for all elements, computed in float64. docs/semantics.md has
 * the equations.
 */
export interface OptimizerScalars {
  readonly sgd: {
    readonly rate: number;
    /** The L2 penalty: the gradient is g + penalty · p. */
    readonly penalty: number;
    readonly momentum: number;
  };
  /** The scalars of adam and adamw. */
  readonly adam: {
    /** The learning rate with the bias correction of the first mean: rate / (1 − beta1^step). */
    readonly rate: number;
    /** 0 for adamw. */
    readonly penalty: number;
    /** The factor of the parameter: 1 − rate · weightDecay for adamw, otherwise 1. */
    readonly shrink: number;
    readonly beta1: number;
    readonly oneMinusBeta1: number;
    readonly beta2: number;
    readonly oneMinusBeta2: number;
    /** The factor of the square root, the bias correction of the second mean: 1 / √(1 − beta2^step). */
    readonly rootCorrection: number;
    readonly epsilon: number;
  };
  readonly rmsprop: {
    readonly rate: number;
    readonly penalty: number;
    readonly decay: number;
    readonly oneMinusDecay: number;
    readonly momentum: number;
    readonly epsilon: number;
  };
  readonly adagrad: {
    /** The learning rate after its decay: rate / (1 + (step − 1) · learningRateDecay). */
    readonly rate: number;
    readonly penalty: number;
    readonly epsilon: number;
  };
}

/** The learning rate with the schedule applied, and the number of the step, counted from 1. */
type Step = Pick<OptimizerSpec, 'learningRate' | 'step'>;

export function sgdScalars(
  { weightDecay, momentum }: SgdConfig,
  { learningRate }: Step,
): OptimizerScalars['sgd'] {
  return { rate: learningRate, penalty: weightDecay, momentum };
}

/** Computes the scalars of adam and adamw. */
export function adamScalars(config: AdamConfig, { learningRate, step }: Step): OptimizerScalars['adam'] {
  const { kind, beta1, beta2, epsilon, weightDecay } = config;
  return {
    rate: learningRate / (1 - beta1 ** step),
    penalty: kind === 'adam' ? weightDecay : 0,
    shrink: kind === 'adamw' ? 1 - learningRate * weightDecay : 1,
    beta1,
    oneMinusBeta1: 1 - beta1,
    beta2,
    oneMinusBeta2: 1 - beta2,
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
  };
}

export function rmspropScalars(config: RmspropConfig, { learningRate }: Step): OptimizerScalars['rmsprop'] {
  const { weightDecay, decay, momentum, epsilon } = config;
  return { rate: learningRate, penalty: weightDecay, decay, oneMinusDecay: 1 - decay, momentum, epsilon };
}

export function adagradScalars(
  config: AdagradConfig,
  { learningRate, step }: Step,
): OptimizerScalars['adagrad'] {
  const { weightDecay, learningRateDecay, epsilon } = config;
  return { rate: learningRate / (1 + (step - 1) * learningRateDecay), penalty: weightDecay, epsilon };
}
