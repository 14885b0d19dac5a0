import type { OptimizerSpec } from './fused.js';
import type { AdagradConfig, AdamConfig, RmspropConfig, SgdConfig } from './optimizer-config.js';

/** The numbers of one step that are the same for every element, computed in float64. docs/semantics.md has the equations. */
export interface OptimizerScalars {
  readonly sgd: {
    readonly rate: number;
    /** L2 penalty: the gradient is g + penalty · p. */
    readonly penalty: number;
    readonly momentum: number;
  };
  /** Of adam and adamw. */
  readonly adam: {
    /** The learning rate with the first mean's bias taken out: rate / (1 − beta1^step). */
    readonly rate: number;
    /** 0 for adamw. */
    readonly penalty: number;
    /** What the parameter is multiplied by first: 1 − rate · weightDecay for adamw, else 1. */
    readonly shrink: number;
    readonly beta1: number;
    readonly oneMinusBeta1: number;
    readonly beta2: number;
    readonly oneMinusBeta2: number;
    /** Factor of the root that takes the second mean's bias out: 1 / √(1 − beta2^step). */
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

/** What an optimizer kernel needs of the step: the learning rate with the schedule applied, and the step's number from 1. */
type Step = Pick<OptimizerSpec, 'learningRate' | 'step'>;

export function sgdScalars(
  { weightDecay, momentum }: SgdConfig,
  { learningRate }: Step,
): OptimizerScalars['sgd'] {
  return { rate: learningRate, penalty: weightDecay, momentum };
}

/** Of adam and adamw. */
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
