import type { CellValues, Parameter, Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/** A signal's shape without the batch, known when a model is put together. `time` null: any length. */
export type SignalShape =
  | { readonly kind: 'sequence'; readonly time: number | null; readonly features: number }
  | { readonly kind: 'vector'; readonly features: number }
  | { readonly kind: 'tokens'; readonly time: number | null }
  | {
      readonly kind: 'frames';
      readonly time: number | null;
      readonly height: number;
      readonly width: number;
      readonly channels: number;
    }
  | { readonly kind: 'image'; readonly height: number; readonly width: number; readonly channels: number };

/**
 * What a signal holds: a sequence of features, one vector, token ids, a sequence of images (`frames`), or one image. A layer
 * of images works on frames step by step.
 */
export type SignalKind = SignalShape['kind'];

/** What a layer takes: one signal, several by name, or a list of any number. */
export type LayerInputs = SignalKind | Readonly<Record<string, SignalKind>> | readonly SignalKind[];

/** The kind of a layer's output: always the same one, that of the input ('same'), or one for each kind of input. */
export type LayerResult = SignalKind | 'same' | { readonly [Kind in SignalKind]?: SignalKind };

/** The shapes of a layer's inputs. */
export type ShapesOf<In extends LayerInputs> = In extends SignalKind
  ? SignalShape
  : { readonly [Name in keyof In]: SignalShape };

/** The signals of a layer's inputs. */
export type SignalsOf<In extends LayerInputs> = In extends SignalKind
  ? Signal
  : { readonly [Name in keyof In]: Signal };

/** The number of valid steps in each row; all later steps are padding. */
export interface Lengths {
  /** One whole number from 0 to T for each row. */
  readonly rows: readonly number[];
  /** The same numbers on the backend, [B]. */
  readonly tensor: Tensor;
}

/**
 * The values that one layer passes to the next when a network runs. Lengths and mask are passed on by default: an output
 * with as many steps as the layer's input (the first one, if there are several) gets those of the input, unless it sets
 * `lengths` or `mask` itself. To drop them, set `lengths: undefined` and `mask: undefined`.
 */
export interface Signal {
  /** Sequence [T, B, F], vector [B, F], tokens [T, B], frames [T, B, height · width · channels], image [B, height · width · channels]. */
  readonly value: Tensor;
  /** The lengths of the rows of a signal with steps; absent if every step of every row is valid. */
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

/** The tensors of a layer's state, in the order of {@link BuiltLayer.stateSizes}, each [B, size]: of an LSTM h, then c. */
export type LayerState = readonly Tensor[];

/** What a layer needs to know besides its inputs. */
export interface LayerContext {
  readonly weights: Weights;
  /** The values that are saved but not trained, by name; see {@link BuiltLayer.buffers}. */
  readonly buffers: Weights;
  /** Dropout is on, and batch statistics are used. */
  readonly training: boolean;
  /** Random numbers that depend only on the network's seed, the training step, this layer and `name`. */
  random(name: string): Random;
  /** The initial state of a layer with state; zero if absent. */
  readonly state?: LayerState;
  /**
   * Receives everything that the cell computes; the layer then runs composed. `part` is empty, or the direction.
   */
  readonly watchCell?: (part: string, trace: CellTrace) => void;
  /** Receives the weights of an attention, [T of the query, B, T of the memory], averaged over its heads. */
  readonly watchAttention?: (weights: Tensor) => void;
}

export interface LayerOutput {
  readonly output: Signal;
  /** Further outputs, by name: `backward` of `bidirectional` with merge 'none'. */
  readonly others?: Readonly<Record<string, Signal>>;
  /** The final state of a layer with state. */
  readonly state?: LayerState;
  /** New values of buffers, by name; used in training only. */
  readonly buffers?: Weights;
}

/** A layer whose input shapes are known. */
export interface BuiltLayer<In extends LayerInputs = SignalKind> {
  readonly outputShape: SignalShape;
  /** The shapes of {@link LayerOutput.others}. Default: none. */
  readonly otherShapes?: Readonly<Record<string, SignalShape>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /**
   * Values that are saved with the weights but not trained, such as running means: no optimizer and no clipping touches
   * them. Default: none.
   */
  readonly buffers?: Readonly<Record<string, Parameter>>;
  /** The size of each state tensor, `[B, size]`; absent for a layer without state. */
  readonly stateSizes?: readonly number[];
  /** The state in the form in which other layers take it, if it differs from the layer's own. Default: the same form. */
  readonly sharedState?: SharedState;
  /** True for a layer that passes its attention weights to {@link LayerContext.watchAttention}. Default false. */
  readonly attends?: boolean;
  /** True if the state is kept from one batch to the next. */
  readonly stateful?: boolean;
  /** Return the final state with the prediction. */
  readonly returnState?: boolean;
  /**
   * The reason why the layer cannot run on parts of a sequence (a stream, or windows of truncated backpropagation);
   * absent if it can.
   */
  readonly wholeSequence?: string;
  /** For a layer of several inputs: the reason why an input must be complete, by the input's name. Default: none must be. */
  readonly wholeInputs?: Readonly<Record<string, string>>;
  /**
   * True if the layer draws random numbers anew for each step, in the order of the steps (not one mask for all steps). Where
   * `fit` cuts a sequence into segments, they then go on from segment to segment. Default false.
   */
  readonly drawsEachStep?: boolean;
  apply(tape: Tape, inputs: SignalsOf<In>, context: LayerContext): LayerOutput;
}

/**
 * Converts the state of a `bidirectional` layer for layers with one direction: each tensor of the forward direction is
 * concatenated with the same tensor of the backward direction.
 */
export interface SharedState {
  /** The width of each joined tensor. */
  readonly sizes: readonly number[];
  join(tape: Tape, state: LayerState): LayerState;
  split(tape: Tape, shared: LayerState): LayerState;
}

/**
 * A layer, written forward only: the tape computes its gradient. A custom layer is an object like any other. A model
 * file stores its `kind` and `options` (as JSON), and `loadNetwork` takes the function that creates the layer from
 * options. `In` and `Out` are the kinds of its signals, for the types of a graph.
 */
export interface Layer<
  Kind extends string = string,
  Options extends object = object,
  In extends LayerInputs = SignalKind,
  Out extends LayerResult = LayerResult,
> {
  readonly kind: Kind;
  /** The options with defaults filled in. */
  readonly options: Options;
  /** False to freeze the parameters of the layer. Default true. */
  readonly trainable?: boolean;
  /** The number of token ids, for a layer that takes token ids instead of features. */
  readonly vocabulary?: number;
  /**
   * For a layer of several inputs: their names, or 'list' for any number without names. By default, the output gets the
   * lengths and mask of the first. Default: one input.
   */
  readonly inputs?: readonly string[] | 'list';
  /** The kind of the layer's output. It exists for the type checker only; layers do not have this property. */
  readonly '~output'?: Out;
  /** @throws ShapeError for an input of the wrong shape */
  build(inputs: ShapesOf<In>): BuiltLayer<In>;
}

/** A layer with any inputs. */
export type AnyLayer = Layer<string, object, never, LayerResult>;

/** A layer, as a model file describes it. */
export type LayerDescription = Pick<Layer, 'kind' | 'options'>;

/** Returns the description of a layer that a model file stores. */
export function describeLayer({ kind, options }: LayerDescription): LayerDescription {
  return { kind, options };
}
