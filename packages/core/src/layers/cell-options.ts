/* What rnn, lstm and gru have in common: their options and parameters. */
import type { Parameter } from '../cells/cell.js';
import { type Activation, activation } from '../contract/activation.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, fraction, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { type SequenceOptions, sequenceChecks } from './recurrent.js';

/** The options that rnn, lstm and gru have in common. */
export interface CellOptions<Sequences extends boolean = boolean> extends SequenceOptions<Sequences> {
  /** H, the width of the state. */
  readonly units: number;
  /** Of the candidate (and of the LSTM's cell state before the output gate). Default 'tanh'. */
  readonly activation?: Activation;
  /** Default true. */
  readonly bias?: boolean;
  /** Bound of the gates' pre-activations, ±clip (as in ONNX); 0 for none. Default 0. */
  readonly clip?: number;
  /** Normalise each gate's x·W and h·U (and the LSTM's cell state before the output gate) (Ba et al. 2016). Default false. */
  readonly layerNorm?: boolean;
  /** Share of the state that is dropped before it is fed back, the same at every step (Gal & Ghahramani 2016). Default 0. */
  readonly recurrentDropout?: number;
  /** Of W. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
  /** Of U. Default 'orthogonal'. */
  readonly recurrentInitializer?: Initializer;
  /** Default 'zeros'. */
  readonly biasInitializer?: Initializer;
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
};

/** The parameters that every built-in cell has, and `more` of its own, for inputs of `inputSize` features. */
export function cellParameters(
  options: Required<CellOptions>,
  size: { readonly inputSize: number; readonly outputSize: number; readonly gates: 1 | 3 | 4 },
  more: Readonly<Record<string, Parameter>> = {},
): Record<string, Parameter> {
  const width = size.gates * options.units;
  return {
    kernel: { shape: [size.inputSize, width], initial: options.kernelInitializer },
    recurrentKernel: { shape: [size.outputSize, width], initial: options.recurrentInitializer },
    ...(options.bias && { bias: { shape: [width], initial: options.biasInitializer } }),
    ...(options.layerNorm && {
      inputGain: { shape: [width], initial: 'ones' as const },
      recurrentGain: { shape: [width], initial: 'ones' as const },
    }),
    ...more,
  };
}
