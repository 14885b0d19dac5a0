import type { CellValues, Parameter, Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/** The shape of the values that one layer passes to the next, without the batch. A `time` of null allows any length. */
export type SignalShape =
  | { readonly kind: 'sequence'; readonly time: number | null; readonly features: number }
  | { readonly kind: 'vector'; readonly features: number }
  | { readonly kind: 'indices'; readonly time: number | null };

/** The number of valid steps in each row; all later steps are padding. */
export interface Lengths {
  /** One whole number from 0 to T for each row. */
  readonly rows: readonly number[];
  /** The same numbers on the backend, [B]. */
  readonly tensor: Tensor;
}

/**
 * The values that one layer passes to the next when a network runs. Lengths and mask are passed on by default: if a
 * layer's output has the same number of steps as its input and has no property `lengths` or `mask`, it gets those of
 * the input. To drop them, set `lengths: undefined` or `mask: undefined`.
 */
export interface Signal {
  /** A sequence [T, B, F], a vector [B, F], or indices [T, B]. */
  readonly value: Tensor;
  /** The lengths of the rows of a sequence or of indices; absent if every step of every row is valid. */
  readonly lengths?: Lengths;
  /**
   * 1 for each step that a recurrent layer reads and 0 for each step that it skips, [T, B]; always 0 past a row's
   * length. If absent, all steps within `lengths` are read.
   */
  readonly mask?: Tensor;
  /** The input of the softmax or sigmoid that computed the value. Losses use it to avoid overflow. */
  readonly logits?: { readonly kind: 'softmax' | 'sigmoid'; readonly value: Tensor };
}

/**
 * The values that a recurrent layer computed in one direction, step by step. If the input is masked, `values` and
 * `states` omit the masked steps: the steps that were read are moved to the beginning of each row.
 */
export interface CellTrace {
  /** The layer's input. */
  readonly input: Signal;
  /** The gates, candidate and cell state by name, at each step. They include steps past a row's length. */
  readonly values: readonly CellValues[];
  /** The hidden state [B, R] at each step. */
  readonly states: readonly Tensor[];
  /** The output, [T, B, R], in the order of the input. */
  readonly y: Tensor;
}

/** The inputs of a layer's forward pass other than the signal. */
export interface LayerContext {
  readonly weights: Weights;
  /** True if dropout is applied. */
  readonly training: boolean;
  /** Random numbers that depend only on the network's seed, the training step, this layer and `name`. */
  random(name: string): Random;
  /** The initial state of a layer with state; zero if absent. */
  readonly state?: readonly Tensor[];
  /**
   * Reports all values that the cell computes. If it is set, the layer runs composed, not fused. `part` is the
   * direction of a bidirectional layer, otherwise empty.
   */
  readonly watchCell?: (part: string, trace: CellTrace) => void;
}

export interface LayerOutput {
  /** One signal, or two from `bidirectional` with merge 'none'. */
  readonly outputs: readonly Signal[];
  /** The final state of a layer with state. */
  readonly state?: readonly Tensor[];
}

/** A layer whose input shape is known. */
export interface BuiltLayer {
  readonly outputShape: SignalShape;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The size of each state tensor, `[B, size]`; absent for a layer without state. */
  readonly stateSizes?: readonly number[];
  /** True if the state is kept from one batch to the next. */
  readonly stateful?: boolean;
  /** True if `predictAll` returns the final state. */
  readonly returnState?: boolean;
  /** The number of signals in {@link LayerOutput.outputs}. Default 1. */
  readonly outputCount?: number;
  /**
   * The reason why the layer cannot run on parts of a sequence (a stream, or windows of truncated backpropagation);
   * absent if it can.
   */
  readonly wholeSequence?: string;
  apply(tape: Tape, input: Signal, context: LayerContext): LayerOutput;
}

/**
 * A layer. It defines only the forward pass; the tape computes the gradients. A custom layer is a plain object. A model
 * file stores its `kind` and `options` (as JSON), and `loadNetwork` takes the function that creates the layer from
 * these options.
 */
export interface Layer<Kind extends string = string, Options extends object = object> {
  readonly kind: Kind;
  /** The options with defaults filled in. */
  readonly options: Options;
  /** The number of token ids, for a layer that takes token ids instead of features. */
  readonly vocabulary?: number;
  /** @throws ShapeError for an input of the wrong shape */
  build(input: SignalShape): BuiltLayer;
}

/** A layer, as a model file describes it. */
export type LayerDescription = Pick<Layer, 'kind' | 'options'>;

/** Returns the description of a layer that a model file stores. */
export function describeLayer({ kind, options }: Layer): LayerDescription {
  return { kind, options };
}
