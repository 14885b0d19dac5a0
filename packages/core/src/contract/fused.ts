/*
 * Optional fused kernels. Each has
 *   declines(spec)   returns undefined to accept the request, or the reason why core must compose it;
 *   prepare(spec)    optional: compiles the code for a request that the kernel accepts, and resolves when it is ready. Core
 *                    calls it from `network.warmUp`, before the first request. A request may also come without it;
 *   forward          returns the results and, in `saved`, the activations that backward needs;
 *   backward         returns the gradients of all inputs, computed from the gradients of the outputs.
 * A kernel must give the same results as core's composition of required operations; docs/semantics.md has the equations.
 * Every kernel must accept some requests, both for inference and for training.
 *
 * Rules for forward and backward:
 *   - Every tensor that they return is a new handle: not an input, not a gradient argument, and not a duplicate. Core frees
 *     all of them, including `saved`, when the backward pass no longer needs them; a kernel must not free them.
 *   - Core calls `backward` at most once for each `forward`, and never if `spec.training` is false. `backward` may overwrite
 *     the elements of `saved`, which nothing reads afterwards. It must not change anything else: no input, no output and no
 *     gradient argument.
 *   - If `spec.int8` is true, the matrices among the weights are int8 handles; the other weights are floats. A kernel may
 *     round the rows of the other factor too; docs/semantics.md says how far. It must decline int8 weights with `training`.
 *     Otherwise its choice must not depend on the numbers of steps and rows, because core decides once for a network.
 *   - Other calls happen between `forward` and `backward`, even calls of the same kernel with an equal spec. The inputs do
 *     not change in between, and neither may any other data that `backward` uses.
 */
import type { Activation } from './activation.js';
import type { OptimizerConfig } from './optimizer-config.js';
import type { Tensor } from './tensor.js';

/** A recurrent layer over a whole sequence, in one direction. Sizes are plain numbers, so a kernel can be cached by them. */
export interface RecurrentSpec {
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly time: number;
  readonly batch: number;
  /** I, the number of input features. */
  readonly inputSize: number;
  /** H, the size of a gate. */
  readonly units: number;
  /** R, the size of the output, which is also fed back: `units`, or the size of the projection. */
  readonly outputSize: number;
  /** The activation of the candidate (and of the LSTM's cell state before the output gate). */
  readonly activation: Activation;
  /** The activation of the gates. */
  readonly recurrentActivation: Activation;
  /** For a GRU: the reset gate is applied after the recurrent product. */
  readonly resetAfter: boolean;
  readonly bias: boolean;
  readonly peepholes: boolean;
  readonly projection: boolean;
  /** The bound of the gates' pre-activations, or 0 for no clipping. */
  readonly clip: number;
  readonly layerNorm: boolean;
  /** True if a mask `[B, R]` is applied to the state before it is fed back. */
  readonly recurrentDropout: boolean;
  /** True to run from the last step to the first. `y[t]` is still the output at input step t. */
  readonly reverse: boolean;
  /** True if there is a length for each row. */
  readonly lengths: boolean;
  /** True if there is an initial state; otherwise it is zero. */
  readonly initialState: boolean;
  /** True if `backward` will be called. */
  readonly training: boolean;
  /** True if the gradient of x is needed. */
  readonly inputGradient: boolean;
  /**
   * True if the output of every step is needed. If false, only the final state is needed, and `forward` may omit `y`.
   */
  readonly sequence: boolean;
  /** True if `kernel`, `recurrentKernel` and `projection` are int8 weights. Default false. */
  readonly int8?: boolean;
}

/**
 * The weights of a recurrent layer, also used for their gradients. G is 1 (RNN), 4 (LSTM: i, f, g, o) or 3 (GRU: r, z,
 * n). Gate k has the columns k·H to (k+1)·H.
 */
export interface RecurrentWeights {
  /** [I, G·H] */
  readonly kernel: Tensor;
  /** [R, G·H] */
  readonly recurrentKernel: Tensor;
  /** [G·H] */
  readonly bias?: Tensor;
  /** [G·H], the bias of the recurrent product; only for a GRU with `resetAfter`. */
  readonly recurrentBias?: Tensor;
  /** [3·H], the peephole weights from the cell state to i, f and o. */
  readonly peepholes?: Tensor;
  /** [H, P] */
  readonly projection?: Tensor;
  /** [G·H], the gain of the layer normalisation of x·W. */
  readonly inputGain?: Tensor;
  /** [G·H], the gain of the layer normalisation of h·U. */
  readonly recurrentGain?: Tensor;
  /** [H], the gain of the layer normalisation of the LSTM's cell state before the output gate. */
  readonly cellGain?: Tensor;
  /** [H], the bias of that normalisation. */
  readonly cellBias?: Tensor;
}

export interface RecurrentInputs {
  /** [T, B, I] */
  readonly x: Tensor;
  readonly weights: RecurrentWeights;
  /** `[h]` or, for an LSTM, `[h, c]`: h is [B, R], c is [B, H]. Zero if absent. */
  readonly initialState?: readonly Tensor[];
  /** [B], whole numbers from 0 to T. */
  readonly lengths?: Tensor;
  /** [B, R] */
  readonly recurrentMask?: Tensor;
}

export interface RecurrentOutputs {
  /** [T, B, R], zero past a row's length. It may be omitted unless `spec.sequence` is true. */
  readonly y?: Tensor;
  /**
   * The final state, in the form of `initialState`: the state after each row's last step (with `reverse`, after step
   * 0).
   */
  readonly state: readonly Tensor[];
  readonly saved: readonly Tensor[];
}

export interface RecurrentOutputGradients {
  /**
   * [T, B, R]; undefined if y was not used, and always undefined if `spec.sequence` is false. Elements past a row's
   * length must be ignored.
   */
  readonly y?: Tensor;
  /** The gradients of the final state's tensors; undefined for a tensor that was not used. */
  readonly state: readonly (Tensor | undefined)[];
}

export interface RecurrentGradients {
  /** [T, B, I], zero past a row's length; present if `spec.inputGradient` is true. */
  readonly x?: Tensor;
  readonly weights: RecurrentWeights;
  /** Present if there is an initial state. */
  readonly initialState?: readonly Tensor[];
}

/** The forms of one pass of a request; see `KernelForms` in backend.ts. */
export interface PassForms {
  readonly pass: 'forward' | 'backward';
  /** Names the kernel, the pass and a class of sizes. All requests with this key have the same candidates and the same form. */
  readonly key: string;
  /** The names of the forms in which the pass can run; at least one. */
  readonly candidates: readonly string[];
  /** The candidate that runs. */
  readonly form: string;
}

export interface RecurrentKernel {
  declines(spec: RecurrentSpec): string | undefined;
  prepare?(spec: RecurrentSpec): Promise<void>;
  /**
   * The forms of each pass that has several; the backward pass is part of it if `spec.training` is true. It computes nothing and
   * makes no choice. A backend with `forms` has it; core calls it for `network.explain`.
   */
  formsOf?(spec: RecurrentSpec): readonly PassForms[];
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
  /** True if `kernel` is int8 weights. Default false. */
  readonly int8?: boolean;
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

/** loss = Σ w · (−log softmax(logits)[target]) / Σ w over N rows; 0 if Σ w is 0. */
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
  /** Computes the loss, [1]. */
  forward(
    spec: CrossEntropySpec,
    inputs: CrossEntropyInputs,
  ): { readonly loss: Tensor; readonly saved: readonly Tensor[] };
  /** Computes the gradient of logits, [N, C]. */
  backward(
    spec: CrossEntropySpec,
    inputs: CrossEntropyInputs,
    outputs: { readonly loss: Tensor; readonly saved: readonly Tensor[] },
    dLoss: Tensor,
  ): Tensor;
}

/**
 * h_t = a_t ⊙ h_{t−1} + b_t over time, for each row and unit on its own: the recurrence of cells without a recurrent
 * product. Past a row's length the state does not change.
 */
export interface ScanSpec {
  readonly time: number;
  readonly batch: number;
  /** H, the number of units. */
  readonly units: number;
  /** True to run from the last step to the first. `y[t]` is still the state at step t of the input. */
  readonly reverse: boolean;
  /** True if there is a length for each row. */
  readonly lengths: boolean;
  /** True if there is an initial state; otherwise it is zero. */
  readonly initialState: boolean;
  /** True if `backward` will be called. */
  readonly training: boolean;
}

export interface ScanInputs {
  /** [T, B, H] */
  readonly a: Tensor;
  /** [T, B, H] */
  readonly b: Tensor;
  /** [B, H]; zero if absent. */
  readonly initialState?: Tensor;
  /** [B], whole numbers from 0 to T. */
  readonly lengths?: Tensor;
}

export interface ScanOutputs {
  /** [T, B, H], zero past a row's length. */
  readonly y: Tensor;
  /** [B, H], the state after each row's last step (with `reverse`, after step 0). */
  readonly state: Tensor;
  readonly saved: readonly Tensor[];
}

export interface ScanKernel {
  declines(spec: ScanSpec): string | undefined;
  prepare?(spec: ScanSpec): Promise<void>;
  forward(spec: ScanSpec, inputs: ScanInputs): ScanOutputs;
  /**
   * @param gradients of y and of the final state; undefined for one that was not used. Elements of `y` past a row's
   *   length must be ignored
   * @returns the gradients of a and b, zero past a row's length, and of the initial state, if there is one
   */
  backward(
    spec: ScanSpec,
    inputs: ScanInputs,
    outputs: ScanOutputs,
    gradients: { readonly y?: Tensor; readonly state?: Tensor },
  ): { readonly a: Tensor; readonly b: Tensor; readonly initialState?: Tensor };
}

/**
 * Connectionist temporal classification (Graves et al. 2006): for each row −log of the probability that its labels, with
 * repeats and blanks inserted, are read from its frames.
 */
export interface CtcSpec {
  readonly time: number;
  readonly batch: number;
  /** C, the number of classes, with the blank. */
  readonly classes: number;
  /** L, the number of labels in the longest row; at least 1. */
  readonly labels: number;
  /** The class that stands for no label. */
  readonly blank: number;
  /** True if `backward` will be called. */
  readonly training: boolean;
}

export interface CtcInputs {
  /** [T, B, C], before the softmax. */
  readonly logits: Tensor;
  /** [B, L], whole numbers from 0 to C − 1 other than the blank; any class past a row's number of labels. */
  readonly targets: Tensor;
  /** [B], the number of valid frames in each row: whole numbers from 0 to T. */
  readonly lengths: Tensor;
  /**
   * [B], the number of labels in each row, from 0 to L. Core only passes rows whose labels can be aligned: there are at
   * least as many frames as labels and repeats of a label together. A row with no frames has no labels, and its loss is 0.
   */
  readonly targetLengths: Tensor;
}

export interface CtcKernel {
  declines(spec: CtcSpec): string | undefined;
  prepare?(spec: CtcSpec): Promise<void>;
  /** Computes the loss of each row, [B]. */
  forward(spec: CtcSpec, inputs: CtcInputs): { readonly losses: Tensor; readonly saved: readonly Tensor[] };
  /** Computes the gradient of logits, [T, B, C], zero past a row's length, from that of the losses, [B]. */
  backward(
    spec: CtcSpec,
    inputs: CtcInputs,
    outputs: { readonly losses: Tensor; readonly saved: readonly Tensor[] },
    dLosses: Tensor,
  ): Tensor;
}

/**
 * One optimizer step for all parameters. docs/semantics.md has each optimizer's equations and the order of its state.
 */
export interface OptimizerSpec {
  readonly config: OptimizerConfig;
  /** The learning rate of this step, with the schedule applied. */
  readonly learningRate: number;
  /** The number of this step: 1 for the first. */
  readonly step: number;
  /**
   * The maximum of the L2 norm of all gradients together. If the norm is larger, the gradients are scaled by clip /
   * (norm + 1e-6) (Pascanu et al. 2013). 0 for no clipping.
   */
  readonly clip: number;
  /** True if there is a guard: see {@link OptimizerInputs.guard}. Always true if `clip` is above 0. */
  readonly guarded: boolean;
}

/** The inputs of an optimizer step. All lists have the same length and order. */
export interface OptimizerInputs {
  readonly parameters: readonly Tensor[];
  /** The gradients, in the shapes of the parameters. */
  readonly gradients: readonly Tensor[];
  /** The optimizer's state for each parameter: a fixed number of tensors of the parameter's shape. */
  readonly states: readonly (readonly Tensor[])[];
  /**
   * [1], the loss. If it is not finite, or the sum of all squared gradients is not finite in float32, the step changes
   * nothing: the parameters and states that it returns have the old elements.
   */
  readonly guard?: Tensor;
}

export interface OptimizerOutputs {
  readonly parameters: readonly Tensor[];
  readonly states: readonly (readonly Tensor[])[];
  /**
   * [1], the L2 norm of all gradients together before clipping; present if `spec.guarded` is true. If the sum of
   * squares is not finite in float32, the norm must not be finite either, even in float64: core reads it to detect that
   * nothing changed. If only the loss is not finite, the norm may have any value.
   */
  readonly gradientNorm?: Tensor;
}

export interface OptimizerKernel {
  /** The decision depends only on `config`, `clip` and `guarded`. */
  declines(spec: OptimizerSpec): string | undefined;
  /**
   * Consumes `parameters` and `states`: it may write into them and return the same handles, or free them and return new
   * ones. It does not change `gradients` and `guard`. Data that a backend has cached by a parameter's handle, such as
   * packed weights, becomes invalid.
   */
  step(spec: OptimizerSpec, inputs: OptimizerInputs): OptimizerOutputs;
}

export interface FusedKernels {
  readonly recurrent?: RecurrentKernel;
  readonly dense?: DenseKernel;
  readonly crossEntropy?: CrossEntropyKernel;
  readonly scan?: ScanKernel;
  readonly ctc?: CtcKernel;
  readonly optimizer?: OptimizerKernel;
}

/** The specification type of each kernel's requests. */
export interface KernelSpecs {
  readonly recurrent: RecurrentSpec;
  readonly dense: DenseSpec;
  readonly crossEntropy: CrossEntropySpec;
  readonly scan: ScanSpec;
  readonly ctc: CtcSpec;
  readonly optimizer: OptimizerSpec;
}
