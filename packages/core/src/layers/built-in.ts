/* What rnn, lstm and gru share: their common options, parameters and the way to the kernels. */
import { type Activation, activation } from '../activations.js';
import type { Parameter } from '../cells/cell.js';
import type { RecurrentSpec, RecurrentWeights } from '../contract/fused.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, fraction, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { dropoutMask } from './dropout-mask.js';
import { type SequenceModel, type SequenceOptions, sequenceChecks } from './recurrent.js';
import { recurrentSequence } from './recurrent-sequence.js';

/** The options that rnn, lstm and gru have in common. */
export interface CellOptions extends SequenceOptions {
  /** H, the width of the state. */
  readonly units: number;
  /** Of the candidate (and of the LSTM's cell state on its way out). Default 'tanh'. */
  readonly activation?: Activation;
  /** Default true. */
  readonly bias?: boolean;
  /** Bound of the gates' pre-activations, ±clip (as in ONNX); 0 for none. Default 0. */
  readonly clip?: number;
  /** Normalise each gate's x·W and h·U (and the LSTM's cell on its way out) (Ba et al. 2016). Default false. */
  readonly layerNorm?: boolean;
  /** Share of the state that is dropped on its way back, the same at every step (Gal & Ghahramani 2016). Default 0. */
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

/** The common options with their defaults filled in, and what only one cell has. */
interface Resolved extends Required<CellOptions> {
  readonly cell: RecurrentSpec['cell'];
  readonly gates: 1 | 3 | 4;
  readonly recurrentActivation: Activation;
  readonly resetAfter: boolean;
  /** Width of the output; `units` where nothing projects. */
  readonly outputSize: number;
  readonly stateSizes: readonly number[];
}

/** Parameters that every cell has, and `more` of its own, in the form that the kernels take. */
export function builtIn(
  options: Resolved,
  inputSize: number,
  more: Record<string, Parameter>,
): SequenceModel {
  const { units, gates, outputSize, recurrentDropout } = options;
  const width = gates * units;
  return {
    parameters: {
      kernel: { shape: [inputSize, width], initial: options.kernelInitializer },
      recurrentKernel: { shape: [outputSize, width], initial: options.recurrentInitializer },
      ...(options.bias && { bias: { shape: [width], initial: options.biasInitializer } }),
      ...(options.layerNorm && {
        inputGain: { shape: [width], initial: 'ones' as const },
        recurrentGain: { shape: [width], initial: 'ones' as const },
      }),
      ...more,
    },
    stateSizes: options.stateSizes,
    run(tape, x, { weights, state, lengths, reverse, training, stepGradients, random, watch }) {
      const masked = training && recurrentDropout > 0;
      return recurrentSequence(
        tape,
        {
          cell: options.cell,
          activation: options.activation,
          recurrentActivation: options.recurrentActivation,
          resetAfter: options.resetAfter,
          clip: options.clip,
          reverse,
          stepGradients,
        },
        {
          x,
          weights: weights as unknown as RecurrentWeights,
          initialState: state,
          lengths,
          recurrentMask: masked
            ? dropoutMask(tape, random('recurrentDropout'), recurrentDropout, [x.shape[1], outputSize])
            : undefined,
        },
        watch,
      );
    },
  };
}
