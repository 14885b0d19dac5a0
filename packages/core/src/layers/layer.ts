import type { CellValues, Parameter, Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/** What goes from layer to layer, without the batch: known when a model is put together. `time` null: any length. */
export type SignalShape =
  | { readonly kind: 'sequence'; readonly time: number | null; readonly features: number }
  | { readonly kind: 'vector'; readonly features: number }
  | { readonly kind: 'indices'; readonly time: number | null };

/** How many steps of each row are valid; the rest is padding. */
export interface Lengths {
  /** One whole number a row, 0 to T. */
  readonly rows: readonly number[];
  /** The same, [B], on the backend. */
  readonly tensor: Tensor;
}

/**
 * What goes from layer to layer when a network runs. Lengths and mask go on by default: an output that has as many steps
 * as the layer's input, and says nothing of `lengths` or `mask`, has those of the input. `lengths: undefined` and
 * `mask: undefined` drop them.
 */
export interface Signal {
  /** Sequence [T, B, F], vector [B, F], indices [T, B]. */
  readonly value: Tensor;
  /** Of a sequence or indices; absent where every step of every row is valid. */
  readonly lengths?: Lengths;
  /** [T, B], 1 or 0: which steps a recurrent layer reads; absent: all within `lengths`. It holds 0 past a row's length. */
  readonly mask?: Tensor;
  /** If the value is the result of softmax or sigmoid: their input, from which losses are computed without overflow. */
  readonly logits?: { readonly kind: 'softmax' | 'sigmoid'; readonly value: Tensor };
}

/**
 * What a recurrent layer computed in one direction, step by step. Where the input is masked, `values` and `states` have the
 * steps that were read moved together to the beginning of each row.
 */
export interface CellTrace {
  /** The layer's input. */
  readonly input: Signal;
  /** By step: gates, candidate and cell state by name, also past a row's length. */
  readonly values: readonly CellValues[];
  /** By step: the hidden state, [B, R]. */
  readonly states: readonly Tensor[];
  /** The output, [T, B, R], in the order of the input. */
  readonly y: Tensor;
}

/** What a layer needs to know besides its input. */
export interface LayerContext {
  readonly weights: Weights;
  /** Dropout is on. */
  readonly training: boolean;
  /** Numbers that depend on the network's seed, the training step, this layer and `name` alone. */
  random(name: string): Random;
  /** The initial state, for a layer with a state; absent: zero. */
  readonly state?: readonly Tensor[];
  /**
   * Given by who wants to see everything that the cell computes; the layer then runs composed. `part` is empty, or the
   * direction.
   */
  readonly watchCell?: (part: string, trace: CellTrace) => void;
}

export interface LayerOutput {
  /** One signal; two from `bidirectional` with merge 'none'. */
  readonly outputs: readonly Signal[];
  /** The final state, for a layer with one. */
  readonly state?: readonly Tensor[];
}

/** A layer whose input shape is known. */
export interface BuiltLayer {
  readonly outputShape: SignalShape;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Width of each tensor of the state, `[B, size]`; absent for a layer without one. */
  readonly stateSizes?: readonly number[];
  /** Keep the state from one batch to the next. */
  readonly stateful?: boolean;
  /** Give the final state with the prediction. */
  readonly returnState?: boolean;
  /** Number of signals in {@link LayerOutput.outputs}. Default 1. */
  readonly outputCount?: number;
  /**
   * Why the layer cannot run step by step with its state carried (a stream, a window of truncated backpropagation);
   * absent where it can.
   */
  readonly wholeSequence?: string;
  apply(tape: Tape, input: Signal, context: LayerContext): LayerOutput;
}

/**
 * A layer, written forward only: the tape has its gradient. A custom layer is an object like any other; `kind` and
 * `options` (plain JSON) are what a model file keeps, and `loadNetwork` is given the function that makes the layer from the
 * options.
 */
export interface Layer<Kind extends string = string, Options extends object = object> {
  readonly kind: Kind;
  /** With the defaults filled in. */
  readonly options: Options;
  /** Set by a layer that takes token ids in place of features: how many different ones there are. */
  readonly vocabulary?: number;
  /** @throws ShapeError for an input it cannot take */
  build(input: SignalShape): BuiltLayer;
}

/** A layer, as a model file describes it. */
export type LayerDescription = Pick<Layer, 'kind' | 'options'>;

/** What a model file keeps of a layer. */
export function describeLayer({ kind, options }: Layer): LayerDescription {
  return { kind, options };
}
