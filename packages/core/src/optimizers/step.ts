import type { Tensor } from '../contract/tensor.js';
import { nonNegativeNumber, optional } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { learningRate } from './schedules.js';

/** A parameter with its gradient and optimizer state in one step. */
export interface ParameterStep {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly state: readonly Tensor[];
}

/**
 * Computes one step of one parameter from the required operations. It does not change its inputs: the new parameter and
 * state are new tensors of the tape.
 */
export type ComposedStep<Config> = (
  tape: Tape,
  config: Config,
  at: { readonly learningRate: number; readonly step: number },
  inputs: ParameterStep,
) => { readonly parameter: Tensor; readonly state: readonly Tensor[] };

/** The options of an optimizer. Every option has a default. */
export type OptionsOf<Config> = Partial<Omit<Config, 'kind'>>;

/** The checks of the options that all optimizers share. */
export const common = (rate: number, weightDecay = 0) => ({
  learningRate: optional(learningRate, rate),
  weightDecay: optional(nonNegativeNumber, weightDecay),
});

/** Computes x · a + y · b. */
export function combine(tape: Tape, x: Tensor, a: number, y: Tensor, b: number): Tensor {
  return tape.add(tape.affine(x, a), tape.affine(y, b));
}

/** The gradient of the loss including the L2 penalty: gradient + weightDecay · parameter. */
export function decayed(tape: Tape, weightDecay: number, { gradient, parameter }: ParameterStep): Tensor {
  return weightDecay === 0 ? gradient : tape.add(gradient, tape.affine(parameter, weightDecay));
}
