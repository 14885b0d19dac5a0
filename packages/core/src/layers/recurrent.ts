import type { Cell, CellValues, Parameter, Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError, ShapeError } from '../errors.js';
import { boolean, checkOptions, fraction, isRecord, optional, show } from '../options.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';
import { dropoutMask } from './dropout-mask.js';
import type { BuiltLayer, Layer, LayerContext, Signal, SignalShape } from './layer.js';
import { skipMasked } from './masked-steps.js';
import type { RecurrentSequence } from './recurrent-sequence.js';
import { reverseTime } from './reverse-time.js';
import { wantSequence } from './shapes.js';
import { checkTrainable } from './trainable.js';
import { unroll, type WatchStep } from './unroll.js';

/** The options that every recurrent layer has, whatever its cell. */
export interface SequenceOptions {
  /** Give the output of every step, [batch, time, features]; else only that of the last. Default false. */
  readonly returnSequences?: boolean;
  /** Give the final state out with the prediction (`predictAll`). Default false. */
  readonly returnState?: boolean;
  /** Start each batch from the state that the last one ended in. Default false. */
  readonly stateful?: boolean;
  /** Read the sequence from its last valid step to its first; the outputs are in that order too. Default false. */
  readonly goBackwards?: boolean;
  /** Share of the input's features that is dropped in training, the same at every step of a sequence. Default 0. */
  readonly dropout?: number;
  /** Zeros at masked steps, in place of the output that was carried to them. Default false. */
  readonly zeroOutputForMask?: boolean;
}

export const sequenceChecks = {
  returnSequences: optional(boolean, false),
  returnState: optional(boolean, false),
  stateful: optional(boolean, false),
  goBackwards: optional(boolean, false),
  dropout: optional(fraction, 0),
  zeroOutputForMask: optional(boolean, false),
};

/** What a recurrent layer runs, its input size known: a built-in cell, fused or composed, or a user's. */
export interface SequenceModel {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly stateSizes: readonly number[];
  run(tape: Tape, x: Tensor, run: SequenceRun): RecurrentSequence;
}

export interface SequenceRun {
  readonly weights: Weights;
  readonly state?: readonly Tensor[];
  /** [B] */
  readonly lengths?: Tensor;
  readonly reverse: boolean;
  readonly training: boolean;
  readonly stepGradients: boolean;
  readonly watch?: WatchStep;
  random(name: string): Random;
}

/** A layer that `bidirectional` can take apart. */
export interface RecurrentLayer extends Layer {
  readonly sequence: Required<SequenceOptions>;
  buildSequence(inputSize: number): SequenceModel;
}

/**
 * A recurrent layer of a cell of one's own.
 * @throws OptionError for an option it does not have, and for what is not a cell
 */
export function recurrent(cell: Cell, options: SequenceOptions = {}): RecurrentLayer {
  const isCell = isRecord(cell) && typeof cell.kind === 'string' && typeof cell.build === 'function';
  if (!isCell)
    throw new OptionError(`recurrent: the cell must be { kind, options, build }, not ${show(cell)}`);
  const sequence = checkOptions('recurrent', options, sequenceChecks);
  checkTrainable(`recurrent: the cell ${cell.kind}`, cell);
  return recurrentLayer(
    'recurrent',
    { cell: { kind: cell.kind, options: cell.options }, ...options },
    sequence,
    (inputSize) => {
      const built = cell.build(inputSize);
      return {
        parameters: built.parameters,
        stateSizes: built.stateSizes,
        run(tape, x, { weights, state, lengths, reverse, watch }) {
          const batch = x.shape[1];
          const start = state ?? built.stateSizes.map((size) => tape.fill([batch, size], 0));
          tape.ran.push({
            kernel: 'recurrent',
            way: 'composed',
            reason: `a cell of one's own, ${cell.kind}`,
          });
          return unroll(tape, built.run(tape, weights), x, start, { lengths, reverse, watch });
        },
      };
    },
  );
}

/** What all recurrent layers do around their cell: dropout of the input, direction, and which outputs go on. */
export function recurrentLayer(
  kind: string,
  options: Readonly<Record<string, unknown>>,
  sequence: Required<SequenceOptions>,
  buildSequence: (inputSize: number) => SequenceModel,
): RecurrentLayer {
  const build = (input: SignalShape): BuiltLayer => {
    const { time, features } = wantSequence(kind, input);
    const model = buildSequence(features);
    const outputSize = model.stateSizes[0];
    return {
      outputShape: sequence.returnSequences
        ? { kind: 'sequence', time, features: outputSize }
        : { kind: 'vector', features: outputSize },
      parameters: model.parameters,
      stateSizes: model.stateSizes,
      stateful: sequence.stateful,
      returnState: sequence.returnState,
      wholeSequence: sequence.goBackwards
        ? `${kind} with goBackwards reads the sequence from its end`
        : undefined,
      apply(tape, input, context) {
        const { y, state } = runDirection(tape, model, sequence, input, context, sequence.goBackwards);
        const [T, B] = input.value.shape;
        const ordered = (x: Tensor) => (sequence.goBackwards ? reverseTime(tape, x, input.lengths) : x);
        const mask = input.mask && ordered(tape.reshape(input.mask, [T, B, 1]));
        const output = sequence.returnSequences
          ? { value: ordered(y), lengths: input.lengths, mask: mask && tape.reshape(mask, [T, B]) }
          : { value: state[0] };
        return { outputs: [output], state };
      },
    };
  };
  return { kind, options, sequence, buildSequence, build };
}

/** One direction over the input: `y` is in the order of the input, whichever way the cell went. */
export function runDirection(
  tape: Tape,
  model: SequenceModel,
  { dropout, zeroOutputForMask }: Required<SequenceOptions>,
  input: Signal,
  context: LayerContext,
  reverse: boolean,
): RecurrentSequence {
  const { weights, training, state, watchSteps, watchCell } = context;
  const values: CellValues[] = [];
  const [time, batch, features] = input.value.shape;
  checkState(model.stateSizes, batch, state);
  const x =
    training && dropout > 0
      ? tape.mul(input.value, dropoutMask(tape, context.random('dropout'), dropout, [batch, features]))
      : input.value;
  const run = (x: Tensor, lengths: Tensor | undefined) =>
    model.run(tape, x, {
      weights,
      state,
      lengths,
      reverse,
      training,
      stepGradients: watchSteps !== undefined,
      watch:
        watchCell &&
        ((t, computed) => {
          values[t] = computed;
        }),
      random: (name) => context.random(name),
    });
  const start = () => state?.[0] ?? tape.fill([batch, model.stateSizes[0]], 0);
  const result =
    input.mask && time > 0
      ? skipMasked(tape, x, { mask: input.mask, start: start(), reverse, zeroOutputForMask }, run)
      : run(x, input.lengths?.tensor);
  if (watchSteps && result.steps) watchSteps('', result.steps);
  if (watchCell && result.steps) watchCell('', { input, values, states: result.steps, y: result.y });
  return result;
}

function checkState(sizes: readonly number[], batch: number, state: readonly Tensor[] | undefined): void {
  if (!state) return;
  const fits = (size: number, i: number) =>
    state[i].shape.length === 2 && state[i].shape[0] === batch && state[i].shape[1] === size;
  if (state.length === sizes.length && sizes.every(fits)) return;
  const wanted = sizes.map((size) => `[${batch},${size}]`).join(', ');
  const given = state.map((tensor) => `[${tensor.shape}]`).join(', ');
  throw new ShapeError(`the initial state must be ${wanted}, not ${given || 'nothing'}`);
}
