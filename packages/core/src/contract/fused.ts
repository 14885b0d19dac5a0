/*
 * Optional fused kernels. Each has
 *   declines(spec)   undefined to take the request, or the reason in words for leaving it to core;
 *   prepare(spec)    optional: compiles what a request that the kernel takes needs, and resolves when it is ready. Core calls
 *                    it from `network.warmUp`, before the first request; requests also arrive without it;
 *   forward          the results, and in `saved` the activations that backward needs;
 *   backward         the gradients of all inputs, from the gradients of the outputs.
 * A kernel must compute what core composes from the required operations: docs/semantics.md has the equations. A kernel that
 * is there takes some requests, in inference and in training.
 *
 * Rules for forward and backward:
 *   - Every tensor that they return is a new handle: no input, no gradient that was given, and none of them twice. Core
 *     frees them all, `saved` too, once the backward pass no longer needs them; a kernel frees none of them.
 *   - Core calls `backward` at most once for each `forward`, and never where `spec.training` is false. It may overwrite the
 *     elements of `saved`, which nothing reads afterwards. It changes nothing else: no input, no output, and no
 *     gradient that it is given.
 *   - Other calls come between `forward` and `backward`, also of the same kernel with an equal spec. The inputs are then as
 *     they were, and so must be what `backward` relies on.
 */
import type { Activation } from './activation.js';
import type { OptimizerConfig } from './optimizer-config.js';
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
  /** Every step's output is wanted. False: the final state alone, and `forward` may leave `y` out. */
  readonly sequence: boolean;
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
  /** [T, B, R], zero past a row's length. May be left out unless `spec.sequence`. */
  readonly y?: Tensor;
  /** The final state, as `initialState`: after the last step each row has (for `reverse`, after step 0). */
  readonly state: readonly Tensor[];
  readonly saved: readonly Tensor[];
}

export interface RecurrentOutputGradients {
  /** [T, B, R]; undefined where y was not used, and always unless `spec.sequence`. Elements past a row's length are to be ignored. */
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
  prepare?(spec: RecurrentSpec): Promise<void>;
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
  prepare?(spec: DenseSpec): Promise<void>;
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
  prepare?(spec: CrossEntropySpec): Promise<void>;
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

/** One step of all parameters; docs/semantics.md has each optimizer's equations and the order of its state. */
export interface OptimizerSpec {
  readonly config: OptimizerConfig;
  /** The learning rate of this step, with the schedule applied. */
  readonly learningRate: number;
  /** Steps taken, this one included: 1 at the first. */
  readonly step: number;
  /**
   * The largest L2 norm of all gradients together; larger ones are scaled by clip / (norm + 1e-6) (Pascanu et al. 2013).
   * 0: gradients are taken as they are.
   */
  readonly clip: number;
  /** A guard is given: see {@link OptimizerInputs.guard}. Always true where `clip` is above 0. */
  readonly guarded: boolean;
}

/** Lists of the same length, in the same order. */
export interface OptimizerInputs {
  readonly parameters: readonly Tensor[];
  /** Of the parameters' shapes. */
  readonly gradients: readonly Tensor[];
  /** For each parameter, as many tensors of its shape as the optimizer keeps. */
  readonly states: readonly (readonly Tensor[])[];
  /**
   * [1], the loss. Where it is not finite, or the sum of all squared gradients is not finite in float32, the step changes
   * nothing: parameters and states come back with the elements that they had.
   */
  readonly guard?: Tensor;
}

export interface OptimizerOutputs {
  readonly parameters: readonly Tensor[];
  readonly states: readonly (readonly Tensor[])[];
  /**
   * [1], the L2 norm of all gradients together before clipping; present where `spec.guarded`. Where the sum of the squares is not
   * finite in float32 it is not finite either, whatever the backend's precision: core reads it to know that nothing changed.
   * Where only the loss is not finite, it may be anything.
   */
  readonly gradientNorm?: Tensor;
}

export interface OptimizerKernel {
  /** Looks at `config`, `clip` and `guarded` alone. */
  declines(spec: OptimizerSpec): string | undefined;
  /**
   * Consumes `parameters` and `states`: it may write into them and give the same handles back, or free them and give new
   * ones. `gradients` and `guard` are left alone. What a backend has derived from a parameter (packed weights, for
   * instance) and keeps by its handle is out of date from here on.
   */
  step(spec: OptimizerSpec, inputs: OptimizerInputs): OptimizerOutputs;
}

export interface FusedKernels {
  readonly recurrent?: RecurrentKernel;
  readonly dense?: DenseKernel;
  readonly crossEntropy?: CrossEntropyKernel;
  readonly optimizer?: OptimizerKernel;
}

/** What each kernel is asked for. */
export interface KernelSpecs {
  readonly recurrent: RecurrentSpec;
  readonly dense: DenseSpec;
  readonly crossEntropy: CrossEntropySpec;
  readonly optimizer: OptimizerSpec;
}
