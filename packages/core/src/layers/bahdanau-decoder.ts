import type { CellRun } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { checkOptions, number, oneOf, optional, positiveInteger } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { attend, meanWeights } from './attend.js';
import { wholeMemory } from './attention.js';
import { attentionMask } from './attention-mask.js';
import { type Score, type ScoreFunction, scoreFunction } from './attention-scores.js';
import { dropoutMask } from './dropout-mask.js';
import {
  type BuiltLayer,
  describeLayer,
  type Layer,
  type LayerContext,
  type LayerDescription,
  type Signal,
} from './layer.js';
import { stepPacking, zeroMasked } from './masked-steps.js';
import { prefixed, unprefixed } from './prefixed.js';
import {
  isRecurrent,
  type RecurrentLayer,
  runDirection,
  type SequenceModel,
  steppedCell,
} from './recurrent.js';
import { requireSequence } from './shapes.js';
import { validSteps } from './steps.js';
import { isTrainable, parametersOfPart, type TrainableOptions, trainable } from './trainable.js';

/** The options of {@link bahdanauDecoder}. */
export interface BahdanauDecoderOptions extends TrainableOptions {
  /** The score of the state and a step of the memory; see {@link Score}. Default 'additive'. */
  readonly score?: Score;
  /** The width of the argument of tanh, for score 'additive'. Default: the width of the state. */
  readonly units?: number;
  /** A factor of the scores. Default 1. */
  readonly scale?: number;
  /** The initializer of the score's kernels. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
}

/** The options of {@link bahdanauDecoder}, with the recurrent layer as a model file describes it. */
export interface ResolvedBahdanauDecoderOptions
  extends Required<Pick<BahdanauDecoderOptions, 'score' | 'kernelInitializer'>>,
    Pick<BahdanauDecoderOptions, 'units' | 'scale' | 'trainable'> {
  readonly decoder: LayerDescription;
}

type DecoderInputs = { readonly input: 'sequence'; readonly memory: 'sequence' };

const checks = {
  score: optional(oneOf('dot', 'general', 'additive'), 'additive'),
  units: optional(positiveInteger),
  scale: optional(number),
  kernelInitializer: optional(initializer, 'glorotUniform'),
  trainable,
};

/**
 * A recurrent layer with attention in its cell (Bahdanau et al. 2015): [batch, T, I], [batch, Tm, M] → [batch, T, R]. At each
 * step, the query is the state h after the step before; the cell reads the step's `input` concatenated with the sum of the
 * steps of `memory`, weighted with the softmax of their scores. The layer returns the output of every step, even if the
 * decoder's `returnSequences` is false. Its state is the decoder's state.
 *
 * The layer always runs step by step, composed from the required operations. An `attention` layer after a decoder is faster.
 *
 * The parameters of the decoder, for inputs of I + M features, have names such as `cell.kernel`. Those of the score have names such
 * as `attention.queryKernel`; see `attention`.
 * @param decoder a recurrent layer, such as `lstm` or `gru`, without `goBackwards`
 * @throws OptionError if `decoder` is not such a layer, and for an unknown option or an invalid value
 */
export function bahdanauDecoder(
  decoder: RecurrentLayer,
  options: BahdanauDecoderOptions = {},
): Layer<'bahdanauDecoder', ResolvedBahdanauDecoderOptions, DecoderInputs, 'sequence'> {
  const checked = checkOptions('bahdanauDecoder', options, checks);
  checkDecoder(decoder);
  if (checked.units !== undefined && checked.score !== 'additive')
    throw new OptionError(`bahdanauDecoder: units need score 'additive', not '${checked.score}'`);
  const { stateful, returnState } = decoder.sequence;
  return {
    kind: 'bahdanauDecoder',
    options: { decoder: describeLayer(decoder), ...checked },
    trainable: checked.trainable,
    inputs: ['input', 'memory'],
    build({ input, memory }): BuiltLayer<DecoderInputs> {
      const { time, features } = requireSequence("bahdanauDecoder's input", input);
      const { features: width } = requireSequence("bahdanauDecoder's memory", memory);
      const cellIsTrained = isTrainable(() => 'bahdanauDecoder: the decoder', decoder);
      const model = decoder.buildSequence(features + width);
      const [query] = model.stateSizes;
      const score = scoreFunction('bahdanauDecoder', checked, { query, memory: width });
      return {
        outputShape: { kind: 'sequence', time, features: query },
        parameters: {
          ...prefixed('cell', parametersOfPart(model.parameters, cellIsTrained)),
          ...prefixed('attention', score.parameters),
        },
        stateSizes: model.stateSizes,
        stateful,
        returnState,
        wholeInputs: { memory: wholeMemory },
        apply(tape, { input, memory }, context) {
          const attending = attendingCell(tape, { decoder, model, score }, input, memory, context);
          const sequence = { ...decoder.sequence, returnSequences: true };
          const kind = `a custom cell, ${decoder.kind} with attention at every step`;
          const cell = steppedCell(model.stateSizes, kind, () => attending);
          const { y, state } = runDirection(tape, { ...model, cell }, sequence, input, context, false);
          context.watchAttention?.(weightsOfSteps(tape, attending.weights, input, memory));
          return { output: { value: y as Tensor }, state };
        },
      };
    },
  };
}

interface AttendingCell extends CellRun {
  /** The attention weights of each step so far, [1, B, Tm]; empty unless they are watched. */
  readonly weights: Tensor[];
}

/** The decoder's cell, with attention at each step. */
function attendingCell(
  tape: Tape,
  { decoder, model, score }: { decoder: RecurrentLayer; model: SequenceModel; score: ScoreFunction },
  { value: x }: Signal,
  memory: Signal,
  context: LayerContext,
): AttendingCell {
  const { training, random, watchAttention } = context;
  const [Tm, B, M] = memory.value.shape;
  const [R] = model.stateSizes;
  const cell = model.cell.start(tape, x, { ...context, weights: unprefixed('cell', context.weights) });
  const prepared = score.prepare(tape, unprefixed('attention', context.weights), memory.value);
  const mask = attentionMask(tape, memory, { querySteps: 1 });
  const { dropout } = decoder.sequence;
  const contextDropout =
    training && dropout > 0 && dropoutMask(tape, random('contextDropout'), dropout, [1, B, M]);
  const weights: Tensor[] = [];
  const contextOf = (h: Tensor): Tensor => {
    if (Tm === 0) return tape.fill([1, B, M], 0);
    const attended = attend(tape, prepared, tape.reshape(h, [1, B, R]), { heads: 1, bias: mask.bias });
    if (watchAttention) weights.push(meanWeights(tape, attended.weights, mask.output));
    return mask.output ? tape.mul(attended.context, mask.output) : attended.context;
  };
  return {
    weights,
    step(x, state, watch) {
      const attended = contextOf(state[0]);
      const dropped = contextDropout ? tape.mul(attended, contextDropout) : attended;
      const joined = tape.concat([x, tape.reshape(dropped, [B, M])], 1);
      return cell.step(cell.project?.(joined) ?? joined, state, watch);
    },
  };
}

/** The attention weights of all steps, [T, B, Tm]; 0 past the input's lengths and at its masked steps. */
function weightsOfSteps(
  tape: Tape,
  weights: readonly Tensor[],
  { value, lengths, mask }: Signal,
  memory: Signal,
): Tensor {
  const [T, B] = value.shape;
  const [Tm] = memory.value.shape;
  if (weights.length === 0) return tape.fill([T, B, Tm], 0);
  const all = tape.concat(weights, 0);
  if (mask) return zeroMasked(tape, stepPacking(tape, mask, false).unpack(all, tape.fill([B, Tm], 0)), mask);
  return lengths ? tape.mul(all, validSteps(tape, lengths.rows, T)) : all;
}

function checkDecoder(decoder: RecurrentLayer): void {
  if (!isRecurrent(decoder))
    throw new OptionError('bahdanauDecoder needs a recurrent layer, such as lstm or gru');
  if (decoder.sequence.goBackwards)
    throw new OptionError('bahdanauDecoder: the decoder must not have goBackwards');
}
