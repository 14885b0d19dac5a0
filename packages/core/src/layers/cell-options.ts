/* The options and parameters that rnn, lstm and gru share. */
import type { Parameter, Regularizer } from '../cells/cell.js';
import { type Activation, activation } from '../contract/activation.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, fraction, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { type SequenceOptions, sequenceChecks } from './recurrent.js';
import { type Resolved, regularizer } from './trainable.js';

/** The options that rnn, lstm and gru share. */
export interface CellOptions<Sequences extends boolean = boolean> extends SequenceOptions<Sequences> {
  /** H, the width of the state. */
  readonly units: number;
  /** The activation of the candidate (and of the LSTM's cell state before the output gate). Default 'tanh'. */
  readonly activation?: Activation;
  /** True to add a bias. Default true. */
  readonly bias?: boolean;
  /** Clips the gates' pre-activations to ±clip (as in ONNX); 0 for no clipping. Default 0. */
  readonly clip?: number;
  /**
   * Apply layer normalisation to each gate's x·W and h·U, and to the LSTM's cell state before the output gate (Ba et
   * al. 2016). Default false.
   */
  readonly layerNorm?: boolean;
  /**
   * The fraction of the state to drop before it is fed back, with the same mask at every step (Gal & Ghahramani 2016).
   * Default 0.
   */
  readonly recurrentDropout?: number;
  /** The initializer of W. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
  /** The initializer of U. Default 'orthogonal'. */
  readonly recurrentInitializer?: Initializer;
  /** The initializer of the bias. Default 'zeros'. */
  readonly biasInitializer?: Initializer;
  /** The penalty on the kernel W in the training loss. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** The penalty on the recurrent kernel U in the training loss. Default: none. */
  readonly recurrentRegularizer?: Regularizer;
  /** The penalty on the biases in the training loss. Default: none. */
  readonly biasRegularizer?: Regularizer;
}

export const cellChecks = {
  ...sequenceChecks,
  units: positiveInteger,
  activation: optional(activation, 'tanh'),
  bias: optional(boolean, true),
  clip: optional(nonNegativeNumber, 0),
  layerNorm: optional(boolean, false),
  recurrentDropout: optional(fraction, 0),
  kernelInitializer: optional(initializer, 'glorotUniform'),
  recurrentInitializer: optional(initializer, 'orthogonal'),
  biasInitializer: optional(initializer, 'zeros'),
  kernelRegularizer: regularizer,
  recurrentRegularizer: regularizer,
  biasRegularizer: regularizer,
};

/**
 * The parameters that all built-in cells share, together with `more` for the cell's own, for inputs of `inputSize`
 * features.
 */
export function cellParameters(
  options: Resolved<CellOptions>,
  size: { readonly inputSize: number; readonly outputSize: number; readonly gates: 1 | 3 | 4 },
  more: Readonly<Record<string, Parameter>> = {},
): Record<string, Parameter> {
  const width = size.gates * options.units;
  return {
    kernel: {
      shape: [size.inputSize, width],
      initial: options.kernelInitializer,
      regularizer: options.kernelRegularizer,
      int8: 'recurrent',
    },
    recurrentKernel: {
      shape: [size.outputSize, width],
      initial: options.recurrentInitializer,
      regularizer: options.recurrentRegularizer,
      int8: 'recurrent',
    },
    ...(options.bias && {
      bias: { shape: [width], initial: options.biasInitializer, regularizer: options.biasRegularizer },
    }),
    ...(options.layerNorm && {
      inputGain: { shape: [width], initial: 'ones' as const },
      recurrentGain: { shape: [width], initial: 'ones' as const },
    }),
    ...more,
  };
}
