/*
 * The upper floor: fused kernels. Each has
 *   declines(spec)   undefined to take the request, or the reason in words for leaving it to core;
 *   forward          the result, and in `saved` whatever backward will want;
 *   backward         the gradients of all inputs, from the gradients of the outputs.
 * A kernel must compute what core composes from the required operations: docs/semantics.md has the equations. One that is there
 * takes something, in inference and in training.
 *
 * Rules for forward and backward:
 *   - Every tensor that they return is a new handle: no input, no gradient that was given, and none of them twice. Core
 *     frees them all, `saved` too, when the tape is disposed of; a kernel frees none of them.
 *   - Core calls `backward` at most once for each `forward`, and never where `spec.training` is false. It may overwrite the
 *     elements of `saved`, which nothing reads afterwards. It changes nothing else: no input, no output, and no
 *     gradient that it is given.
 *   - Other calls come between `forward` and `backward`, also of the same kernel with an equal spec. The inputs are then as
 *     they were, and so must be what `backward` relies on.
 */
import type { Activation } from '../activations.js';
import type { OptimizerConfig } from '../optimizers/config.js';
import type { Tensor } from './tensor.js';

/** A recurrent layer over a whole sequence, in one direction. Sizes are plain numbers, so a kernel can be cached by them. */
export interface RecurrentSpec {
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly time: number;
  readonly batch: number;
  /** I */
  readonly inputSize: number;
  /** H, the width of a gate. */
  readonly units: number;
  /** R, the width of the output and of what is fed back: `units`, or the size of the projection. */
  readonly outputSize: number;
  /** Of the candidate (and of the LSTM's cell on its way out). */
  readonly activation: Activation;
  /** Of the gates. */
  readonly recurrentActivation: Activation;
  /** GRU: the reset gate comes after the recurrent product. */
  readonly resetAfter: boolean;
  readonly bias: boolean;
  readonly peepholes: boolean;
  readonly projection: boolean;
  /** Bound of the gates' pre-activations, or 0 for none. */
  readonly clip: number;
  readonly layerNorm: boolean;
  /** A mask `[B, R]` on the state that is fed back. */
  readonly recurrentDropout: boolean;
  /** From the last step to the first; `y[t]` is still the output at input step t. */
  readonly reverse: boolean;
  /** A length per row is given. */
  readonly lengths: boolean;
  /** An initial state is given; else it is zero. */
  readonly initialState: boolean;
  /** `backward` will follow. */
  readonly training: boolean;
  /** The gradient of x is wanted. */
  readonly inputGradient: boolean;
  /** The gradient of every step's output is wanted by itself, to be looked at. */
  readonly stepGradients: boolean;
}

/**
 * G is 1 (RNN), 4 (LSTM: i, f, g, o) or 3 (GRU: r, z, n); gate k has columns k·H to (k+1)·H.
 * Gradients come in the same record.
 */
export interface RecurrentWeights {
  /** [I, G·H] */
  readonly kernel: Tensor;
  /** [R, G·H] */
  readonly recurrentKernel: Tensor;
  /** [G·H] */
  readonly bias?: Tensor;
  /** [G·H], of the recurrent product: GRU with `resetAfter` only. */
  readonly recurrentBias?: Tensor;
  /** [3·H], of the cell state on i, f and o. */
  readonly peepholes?: Tensor;
  /** [H, P] */
  readonly projection?: Tensor;
  /** [G·H], the gain of the layer normalisation of x·W. */
  readonly inputGain?: Tensor;
  /** [G·H], the gain of the layer normalisation of h·U. */
  readonly recurrentGain?: Tensor;
  /** [H], gain of the normalised LSTM cell on its way out. */
  readonly cellGain?: Tensor;
  /** [H] */
  readonly cellBias?: Tensor;
}

export interface RecurrentInputs {
  /** [T, B, I] */
  readonly x: Tensor;
  readonly weights: RecurrentWeights;
  /** `[h]` or, for LSTM, `[h, c]`: h is [B, R], c is [B, H]. Absent: zero. */
  readonly initialState?: readonly Tensor[];
  /** [B], whole numbers from 0 to T. */
  readonly lengths?: Tensor;
  /** [B, R] */
  readonly recurrentMask?: Tensor;
}

export interface RecurrentOutputs {
  /** [T, B, R], zero past a row's length. */
  readonly y: Tensor;
  /** The final state, as `initialState`: after the last step each row has (for `reverse`, after step 0). */
  readonly state: readonly Tensor[];
  readonly saved: readonly Tensor[];
}

export interface RecurrentOutputGradients {
  /** [T, B, R]; undefined where y was not used. Elements past a row's length are to be ignored. */
  readonly y?: Tensor;
  /** As the final state; undefined where one was not used. */
  readonly state: readonly (Tensor | undefined)[];
}

export interface RecurrentGradients {
  /** [T, B, I], zero past a row's length; present when `spec.inputGradient`. */
  readonly x?: Tensor;
  readonly weights: RecurrentWeights;
  /** Present when an initial state was given. */
  readonly initialState?: readonly Tensor[];
}

export interface RecurrentKernel {
  declines(spec: RecurrentSpec): string | undefined;
  forward(spec: RecurrentSpec, inputs: RecurrentInputs): RecurrentOutputs;
  backward(
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
    outputs: RecurrentOutputs,
    gradients: RecurrentOutputGradients,
  ): RecurrentGradients;
}

/** y = activation(x · kernel + bias), x [N, I]. */
export interface DenseSpec {
  readonly rows: number;
  readonly inputSize: number;
  readonly units: number;
  readonly activation: Activation;
  readonly bias: boolean;
  readonly training: boolean;
  readonly inputGradient: boolean;
}

export interface DenseInputs {
  /** [N, I] */
  readonly x: Tensor;
  /** [I, U] */
  readonly kernel: Tensor;
  /** [U] */
  readonly bias?: Tensor;
}

export interface DenseKernel {
  declines(spec: DenseSpec): string | undefined;
  /** y is [N, U]. */
  forward(spec: DenseSpec, inputs: DenseInputs): { readonly y: Tensor; readonly saved: readonly Tensor[] };
  backward(
    spec: DenseSpec,
    inputs: DenseInputs,
    outputs: { readonly y: Tensor; readonly saved: readonly Tensor[] },
    dy: Tensor,
  ): { readonly x?: Tensor; readonly kernel: Tensor; readonly bias?: Tensor };
}

/** loss = Σ w · (−log softmax(logits)[target]) / Σ w over N rows; 0 where Σ w is 0. */
export interface CrossEntropySpec {
  readonly rows: number;
  readonly classes: number;
  readonly training: boolean;
}

export interface CrossEntropyInputs {
  /** [N, C] */
  readonly logits: Tensor;
  /** [N], whole numbers from 0 to C − 1. */
  readonly targets: Tensor;
  /** [N], not negative. */
  readonly weights: Tensor;
}

export interface CrossEntropyKernel {
  declines(spec: CrossEntropySpec): string | undefined;
  /** loss is [1]. */
  forward(
    spec: CrossEntropySpec,
    inputs: CrossEntropyInputs,
  ): { readonly loss: Tensor; readonly saved: readonly Tensor[] };
  /** The gradient of logits, [N, C]. */
  backward(
    spec: CrossEntropySpec,
    inputs: CrossEntropyInputs,
    outputs: { readonly loss: Tensor; readonly saved: readonly Tensor[] },
    dLoss: Tensor,
  ): Tensor;
}

/** One step of one parameter; docs/semantics.md has each optimizer's equations and the order of its state. */
export interface OptimizerSpec {
  readonly config: OptimizerConfig;
  /** The rate of this step, the schedule applied. */
  readonly learningRate: number;
  /** Steps taken, this one included: 1 at the first. */
  readonly step: number;
}

export interface OptimizerInputs {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** As many tensors of the parameter's shape as the optimizer keeps. */
  readonly state: readonly Tensor[];
}

export interface OptimizerKernel {
  declines(config: OptimizerConfig): string | undefined;
  /**
   * Consumes `parameter` and `state`: it may write into them and give the same handles back, or free them and give
   * new ones. `gradient` is left alone.
   */
  step(
    spec: OptimizerSpec,
    inputs: OptimizerInputs,
  ): { readonly parameter: Tensor; readonly state: readonly Tensor[] };
}

export interface FusedKernels {
  readonly recurrent?: RecurrentKernel;
  readonly dense?: DenseKernel;
  readonly crossEntropy?: CrossEntropyKernel;
  readonly optimizer?: OptimizerKernel;
}
