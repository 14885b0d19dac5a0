import type { Cell, CellRun, CellValues, Parameter } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError, ShapeError } from '../errors.js';
import type { RecurrentSequence } from '../kernels/recurrent.js';
import { unroll, type WatchStep } from '../kernels/unroll.js';
import { boolean, checkOptions, fraction, isRecord, optional, show } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { dropoutMask } from './dropout-mask.js';
import type { BuiltLayer, Layer, LayerContext, Signal, SignalShape } from './layer.js';
import { skipMasked } from './masked-steps.js';
import { reverseTime } from './reverse-time.js';
import { requireSequence } from './shapes.js';
import {
  isTrainable,
  parametersOfPart,
  type Resolved,
  type TrainableOptions,
  trainable,
} from './trainable.js';

/** The options of every recurrent layer, independent of its cell. */
export interface SequenceOptions<Sequences extends boolean = boolean> extends TrainableOptions {
  /** Return the output of every step, [batch, time, features]; else only that of the last. Default false. */
  readonly returnSequences?: Sequences;
  /** Include the final state in the result of `predictAll`. Default false. */
  readonly returnState?: boolean;
  /** Start each batch from the final state of the previous batch. Default false. */
  readonly stateful?: boolean;
  /** Read the sequence from its last valid step to its first; the outputs are in this reversed order. Default false. */
  readonly goBackwards?: boolean;
  /** The fraction of the input's features to drop during training, with the same mask at every step. Default 0. */
  readonly dropout?: number;
  /** Output zeros at masked steps instead of repeating the previous output. Default false. */
  readonly zeroOutputForMask?: boolean;
}

export const sequenceChecks = {
  returnSequences: optional(boolean, false),
  returnState: optional(boolean, false),
  stateful: optional(boolean, false),
  goBackwards: optional(boolean, false),
  dropout: optional(fraction, 0),
  zeroOutputForMask: optional(boolean, false),
  trainable,
};

/** One run of a cell over x [T, B, I], from the last step to the first if `reverse`. */
export interface SequenceRun {
  /** [B], the number of steps that are read in each row. Default: all. */
  readonly lengths: Tensor | undefined;
  readonly reverse: boolean;
  /** True if `y` is needed; otherwise only the final state is. */
  readonly sequence: boolean;
  /** Receives the values of every step, which are then computed step by step. */
  readonly watch?: WatchStep;
}

/** A cell, built for an input size. The context has its weights and its initial state. */
export interface SequenceCell {
  /** Starts a sequence x [T, B, I] that is computed step by step. */
  start(tape: Tape, x: Tensor, context: LayerContext): CellRun;
  /** Runs a whole sequence. */
  run(tape: Tape, x: Tensor, context: LayerContext, run: SequenceRun): RecurrentSequence;
}

/** The parameters, state sizes and cell of a recurrent layer, built for an input size. */
export interface SequenceModel {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly stateSizes: readonly number[];
  readonly cell: SequenceCell;
}

/** A cell that always runs step by step. @param reason why, for the kernel log */
export function steppedCell(
  stateSizes: readonly number[],
  reason: string,
  start: SequenceCell['start'],
): SequenceCell {
  return {
    start,
    run(tape, x, context, run) {
      tape.logComposed('recurrent', reason);
      const state = context.state ?? stateSizes.map((size) => tape.fill([x.shape[1], size], 0));
      return unroll(tape, start(tape, x, context), x, state, run);
    },
  };
}

/** The kind of a recurrent layer's output: a sequence with `returnSequences`, else a vector. */
export type RecurrentOutput = 'sequence' | 'vector';

/** The output's kind for the option `returnSequences`. */
export type OutputOf<Sequences extends boolean> = Sequences extends true ? 'sequence' : 'vector';

/** A layer that `bidirectional` can run in either direction. */
export interface RecurrentLayer<
  Kind extends string = string,
  Options extends object = object,
  Out extends RecurrentOutput = RecurrentOutput,
> extends Layer<Kind, Options, 'sequence', Out> {
  readonly sequence: Resolved<SequenceOptions>;
  buildSequence(inputSize: number): SequenceModel;
}

/** Whether a value is a recurrent layer, which another layer can run. */
export function isRecurrent(layer: unknown): layer is RecurrentLayer {
  return typeof (layer as RecurrentLayer | undefined)?.buildSequence === 'function';
}

/** The options of {@link recurrent}, with the cell as a model file describes it. */
export interface RecurrentLayerOptions extends Resolved<SequenceOptions> {
  readonly cell: Pick<Cell, 'kind' | 'options'>;
}

/**
 * Creates a recurrent layer with a custom cell.
 * @throws OptionError for an unknown option, and for a value that is not a cell
 */
export function recurrent<const Sequences extends boolean = false>(
  cell: Cell,
  options: SequenceOptions<Sequences> = {},
): RecurrentLayer<'recurrent', RecurrentLayerOptions, OutputOf<Sequences>> {
  const isCell = isRecord(cell) && typeof cell.kind === 'string' && typeof cell.build === 'function';
  if (!isCell)
    throw new OptionError(`recurrent: the cell must be { kind, options, build }, not ${show(cell)}`);
  const sequence = checkOptions('recurrent', options, sequenceChecks);
  const cellIsTrained = isTrainable(() => `recurrent: the cell ${cell.kind}`, cell);
  const described = { cell: { kind: cell.kind, options: cell.options }, ...sequence };
  return recurrentLayer('recurrent', described, (inputSize) => {
    const built = cell.build(inputSize);
    const parameters = parametersOfPart(built.parameters, cellIsTrained);
    const { stateSizes } = built;
    const start: SequenceCell['start'] = (tape, _, context) => built.run(tape, context.weights, context);
    return { parameters, stateSizes, cell: steppedCell(stateSizes, `a custom cell, ${cell.kind}`, start) };
  });
}

/** Creates a recurrent layer around a cell: handles the input's dropout, the direction and the selection of outputs. */
export function recurrentLayer<
  Kind extends string,
  Options extends Resolved<SequenceOptions>,
  Out extends RecurrentOutput,
>(
  kind: Kind,
  options: Options,
  buildSequence: (inputSize: number) => SequenceModel,
): RecurrentLayer<Kind, Options, Out> {
  const { returnSequences, returnState, stateful, goBackwards } = options;
  const build = (input: SignalShape): BuiltLayer<'sequence'> => {
    const { time, features } = requireSequence(kind, input);
    const model = buildSequence(features);
    const outputSize = model.stateSizes[0];
    return {
      outputShape: returnSequences
        ? { kind: 'sequence', time, features: outputSize }
        : { kind: 'vector', features: outputSize },
      parameters: model.parameters,
      stateSizes: model.stateSizes,
      stateful,
      returnState,
      wholeSequence: goBackwards ? `${kind} with goBackwards reads the sequence from its end` : undefined,
      apply(tape, input, context) {
        const { y, state } = runDirection(tape, model, options, input, context, goBackwards);
        if (!returnSequences || !y) return { output: { value: state[0] }, state };
        if (!goBackwards) return { output: { value: y }, state };
        const { lengths, mask } = input;
        const value = reverseTime(tape, y, lengths);
        const [T, B] = y.shape;
        const reversed = mask && reverseTime(tape, tape.reshape(mask, [T, B, 1]), lengths);
        return { output: { value, mask: reversed && tape.reshape(reversed, [T, B]) }, state };
      },
    };
  };
  return { kind, options, trainable: options.trainable, sequence: options, buildSequence, build };
}

/**
 * Runs one direction over the input. The sequence of outputs, `y`, is present with `returnSequences` and is in the
 * order of the input for both directions.
 */
export function runDirection(
  tape: Tape,
  { cell, stateSizes }: SequenceModel,
  { dropout, zeroOutputForMask, returnSequences }: Resolved<SequenceOptions>,
  input: Signal,
  context: LayerContext,
  reverse: boolean,
): RecurrentSequence {
  const { training, state, watchCell } = context;
  const [time, batch, features] = input.value.shape;
  checkState(stateSizes, batch, state);
  const x =
    training && dropout > 0
      ? tape.mul(input.value, dropoutMask(tape, context.random('dropout'), dropout, [batch, features]))
      : input.value;
  const values: CellValues[] = [];
  const watch: WatchStep | undefined =
    watchCell &&
    ((t, computed) => {
      values[t] = computed;
    });
  const sequence = returnSequences || watchCell !== undefined;

  const run = (x: Tensor, lengths: Tensor | undefined) =>
    cell.run(tape, x, context, { lengths, reverse, sequence, watch });
  const start = () => state?.[0] ?? tape.fill([batch, stateSizes[0]], 0);
  const result =
    input.mask && time > 0
      ? skipMasked(tape, x, { mask: input.mask, start: start(), reverse, zeroOutputForMask }, run)
      : run(x, input.lengths?.tensor);
  if (watchCell && result.steps && result.y)
    watchCell('', { input, values, states: result.steps, y: result.y });
  return result;
}

function checkState(sizes: readonly number[], batch: number, state: readonly Tensor[] | undefined): void {
  if (!state) return;
  const fits = (size: number, i: number) =>
    state[i].shape.length === 2 && state[i].shape[0] === batch && state[i].shape[1] === size;
  if (state.length === sizes.length && sizes.every(fits)) return;
  const expected = sizes.map((size) => `[${batch},${size}]`).join(', ');
  const actual = state.map((tensor) => `[${tensor.shape}]`).join(', ');
  throw new ShapeError(`the initial state must be ${expected}, not ${actual || 'empty'}`);
}
