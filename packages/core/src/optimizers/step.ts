import type { Tensor } from '../contract/tensor.js';
import { nonNegativeNumber, optional } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { learningRate } from './schedules.js';

/** A parameter in one step, with the state that the optimizer keeps of it. */
export interface ParameterStep {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly state: readonly Tensor[];
}

/**
 * One step of one parameter, composed from the required operations. It changes nothing: the new parameter and state are new
 * tensors of the tape.
 */
export type ComposedStep<Config> = (
  tape: Tape,
  config: Config,
  at: { readonly learningRate: number; readonly step: number },
  inputs: ParameterStep,
) => { readonly parameter: Tensor; readonly state: readonly Tensor[] };

/** The options of an optimizer: those of its config, each of which has a default. */
export type OptionsOf<Config> = Partial<Omit<Config, 'kind'>>;

/** The checks of the options that every optimizer has. */
export const common = (rate: number, weightDecay = 0) => ({
  learningRate: optional(learningRate, rate),
  weightDecay: optional(nonNegativeNumber, weightDecay),
});

/** x · a + y · b */
export function combine(tape: Tape, x: Tensor, a: number, y: Tensor, b: number): Tensor {
  return tape.add(tape.affine(x, a), tape.affine(y, b));
}

/** The gradient of the loss with its L2 penalty: gradient + weightDecay · parameter. */
export function decayed(tape: Tape, weightDecay: number, { gradient, parameter }: ParameterStep): Tensor {
  return weightDecay === 0 ? gradient : tape.add(gradient, tape.affine(parameter, weightDecay));
}
