import type { CellRun } from '../cells/cell.js';
import type { RecurrentWeights } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { composedCell } from '../kernels/recurrent.js';
import { checkOptions, number, oneOf, optional, positiveInteger } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { attend, shownWeights } from './attend.js';
import { wholeMemory } from './attention.js';
import { sightOf } from './attention-mask.js';
import { type Comparison, compareBy, type Score } from './attention-scores.js';
import { dropoutMask } from './dropout-mask.js';
import {
  type BuiltLayer,
  describeLayer,
  type Layer,
  type LayerContext,
  type LayerDescription,
  type Signal,
} from './layer.js';
import { keptSteps, zeroMasked } from './masked-steps.js';
import { prefixed, unprefixed } from './prefixed.js';
import {
  isRecurrent,
  type RecurrentLayer,
  recurrentMaskOf,
  runDirection,
  type SequenceModel,
} from './recurrent.js';
import { wantSequence } from './shapes.js';
import { validSteps } from './steps.js';
import { checkTrainable } from './trainable.js';

/** The options of {@link bahdanauDecoder}. */
export interface BahdanauDecoderOptions {
  /** How the state is compared with a step of the memory; see {@link Score}. Default 'additive'. */
  readonly score?: Score;
  /** Width of what tanh sees, of score 'additive'. Default: that of the state. */
  readonly units?: number;
  /** What scores are multiplied by. Default 1. */
  readonly scale?: number;
  /** Of the kernels of the scores. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
}

/** The options of {@link bahdanauDecoder}, with how a model file names the layer inside. */
export interface ResolvedBahdanauDecoderOptions
  extends Required<Pick<BahdanauDecoderOptions, 'score' | 'kernelInitializer'>>,
    Pick<BahdanauDecoderOptions, 'units' | 'scale'> {
  readonly decoder: LayerDescription;
}

type DecoderInputs = { readonly input: 'sequence'; readonly memory: 'sequence' };

const checks = {
  score: optional(oneOf('dot', 'general', 'additive'), 'additive'),
  units: optional(positiveInteger),
  scale: optional(number),
  kernelInitializer: optional(initializer, 'glorotUniform'),
};

/**
 * A recurrent layer whose cell looks at `memory` before each step (Bahdanau et al. 2015): the state h of the step before is
 * compared with every step of the memory, and the memory, weighted by softmax of the scores, is joined to the step's input:
 * `input` [T, batch, I], `memory` [Tm, batch, M] → [T, batch, R], the output of every step, whatever the layer's
 * `returnSequences`. Its state is the layer's. It runs step by step: {@link attention} after a decoder is faster.
 *
 * The parameters are those of the layer, for inputs of I + M features, as `cell.kernel`, and those of the score, as in
 * `attention`: `attention.queryKernel`.
 * @param decoder `lstm`, `gru`, `rnn` or `recurrent`, without `goBackwards`
 * @throws OptionError for what is not such a layer, and for an option it does not have, or a value that it cannot have
 */
export function bahdanauDecoder(
  decoder: RecurrentLayer,
  options: BahdanauDecoderOptions = {},
): Layer<'bahdanauDecoder', ResolvedBahdanauDecoderOptions, DecoderInputs, 'sequence'> {
  const checked = checkOptions('bahdanauDecoder', options, checks);
  checkDecoder(decoder);
  if (checked.units !== undefined && checked.score !== 'additive')
    throw new OptionError(`bahdanauDecoder: units are of score 'additive', not of '${checked.score}'`);
  const { stateful, returnState } = decoder.sequence;
  return {
    kind: 'bahdanauDecoder',
    options: { decoder: describeLayer(decoder), ...checked },
    inputs: ['input', 'memory'],
    build({ input, memory }): BuiltLayer<DecoderInputs> {
      const { time, features } = wantSequence("bahdanauDecoder's input", input);
      const { features: width } = wantSequence("bahdanauDecoder's memory", memory);
      const model = decoder.buildSequence(features + width);
      const [query] = model.stateSizes;
      const comparison = compareBy('bahdanauDecoder', checked, { query, memory: width });
      return {
        outputShape: { kind: 'sequence', time, features: query },
        parameters: {
          ...prefixed('cell', model.parameters),
          ...prefixed('attention', comparison.parameters),
        },
        stateSizes: model.stateSizes,
        stateful,
        returnState,
        wholeInputs: { memory: wholeMemory },
        apply(tape, { input, memory }, context) {
          const looking = lookingCell(tape, { decoder, model, comparison }, input, memory, context);
          const sequence = { ...decoder.sequence, returnSequences: true };
          const kind = `${decoder.kind} with attention at every step`;
          const cell = { ...model, cell: { ...model, kind, run: () => looking } };
          const { y, state } = runDirection(tape, cell, sequence, input, context, false);
          context.watchAttention?.(shown(tape, looking.weights, input, memory));
          return { output: { value: y as Tensor }, state };
        },
      };
    },
  };
}

interface LookingCell extends CellRun {
  /** Of each step that was run, [1, B, Tm]; only where they are watched. */
  readonly weights: Tensor[];
}

/** The cell of a layer, each step of which is joined by what its state sees of the memory. */
function lookingCell(
  tape: Tape,
  { decoder, model, comparison }: { decoder: RecurrentLayer; model: SequenceModel; comparison: Comparison },
  { value: x }: Signal,
  memory: Signal,
  context: LayerContext,
): LookingCell {
  const { training, random, watchAttention } = context;
  const [Tm, B, M] = memory.value.shape;
  const [R] = model.stateSizes;
  const cell = cellRun(tape, model, x, { ...context, weights: unprefixed('cell', context.weights) });
  const ready = comparison.ready(tape, unprefixed('attention', context.weights), memory.value);
  const { bias, seen } = sightOf(tape, memory, { steps: 1 });
  const { dropout } = decoder.sequence;
  const mask = training && dropout > 0 && dropoutMask(tape, random('contextDropout'), dropout, [1, B, M]);
  const weights: Tensor[] = [];
  const look = (h: Tensor): Tensor => {
    if (Tm === 0) return tape.fill([1, B, M], 0);
    const found = attend(tape, ready, tape.reshape(h, [1, B, R]), { heads: 1, bias });
    if (watchAttention) weights.push(shownWeights(tape, found.weights, seen));
    return seen ? tape.mul(found.context, seen) : found.context;
  };
  return {
    weights,
    step(x, state, watch) {
      const found = look(state[0]);
      const context = tape.reshape(mask ? tape.mul(found, mask) : found, [B, M]);
      const joined = tape.concat([x, context], 1);
      return cell.step(cell.project?.(joined) ?? joined, state, watch);
    },
  };
}

/** The cell itself. */
function cellRun(tape: Tape, { cell, stateSizes }: SequenceModel, x: Tensor, context: LayerContext): CellRun {
  if ('kind' in cell) return cell.run(tape, context.weights, context);
  const recurrentMask = recurrentMaskOf(tape, cell, context, [x.shape[1], stateSizes[0]]);
  return composedCell(tape, cell, {
    x,
    weights: context.weights as unknown as RecurrentWeights,
    recurrentMask,
  });
}

/** The weights of all steps, [T, B, Tm]: 0 past the input's lengths and at its masked steps. */
function shown(
  tape: Tape,
  weights: readonly Tensor[],
  { value, lengths, mask }: Signal,
  memory: Signal,
): Tensor {
  const [T, B] = value.shape;
  const [Tm] = memory.value.shape;
  if (weights.length === 0) return tape.fill([T, B, Tm], 0);
  const all = tape.concat(weights, 0);
  if (mask) return zeroMasked(tape, keptSteps(tape, mask, false).apart(all, tape.fill([B, Tm], 0)), mask);
  return lengths ? tape.mul(all, validSteps(tape, lengths.rows, T)) : all;
}

function checkDecoder(decoder: RecurrentLayer): void {
  if (!isRecurrent(decoder))
    throw new OptionError('bahdanauDecoder takes a recurrent layer: lstm, gru, rnn or recurrent');
  checkTrainable('bahdanauDecoder: the layer inside', decoder);
  if (decoder.sequence.goBackwards)
    throw new OptionError('bahdanauDecoder runs from the first step to the last; leave goBackwards out');
}
