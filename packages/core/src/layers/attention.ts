import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, fraction, number, oneOf, optional, positiveInteger } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { attend, meanWeights } from './attend.js';
import { multiHead } from './attention-heads.js';
import { attentionMask } from './attention-mask.js';
import { type Score, scoreFunction } from './attention-scores.js';
import { dropoutMask } from './dropout-mask.js';
import type { BuiltLayer, Layer, LayerContext } from './layer.js';
import { requireSequence } from './shapes.js';
import { type TrainableOptions, trainable } from './trainable.js';

/** The options of {@link attention}. */
export interface AttentionOptions extends TrainableOptions {
  /** The score of a query and a step of the memory; see {@link Score}. Default 'dot'. */
  readonly score?: Score;
  /** Use multi-head scaled dot-product attention with this number of heads (Vaswani et al. 2017). Default: no heads, and no projections. */
  readonly heads?: number;
  /**
   * For score 'additive', the width of the argument of tanh; with heads, the width of all heads together and of the output.
   * Default: the width of the query.
   */
  readonly units?: number;
  /** For step t of the query, mask the steps of the memory after t, as in self-attention of a language model. Default false. */
  readonly causal?: boolean;
  /** A factor of the scores. Default 1; with heads 1 / √(units / heads). */
  readonly scale?: number;
  /** The dropout rate of the attention weights. Default 0. */
  readonly dropout?: number;
  /** Add a bias to each projection; only with heads. Default true. */
  readonly bias?: boolean;
  /** The initializer of the kernels. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
}

/** The options of {@link attention}, with the defaults filled in, except those that depend on the input. */
export type ResolvedAttentionOptions = AttentionOptions &
  Required<Pick<AttentionOptions, 'score' | 'causal' | 'dropout' | 'kernelInitializer'>>;

/** The inputs of an attention. */
type AttentionInputs = { readonly query: 'sequence'; readonly memory: 'sequence' };

/** The reason why attention needs its complete memory in a stream. */
export const wholeMemory = 'attention uses all steps of its memory at once';

const checks = {
  score: optional(oneOf('dot', 'general', 'additive'), 'dot'),
  heads: optional(positiveInteger),
  units: optional(positiveInteger),
  causal: optional(boolean, false),
  scale: optional(number),
  dropout: optional(fraction, 0),
  bias: optional(boolean),
  kernelInitializer: optional(initializer, 'glorotUniform'),
  trainable,
};

/**
 * Attention of `query` over `memory` (Luong et al. 2015): [batch, Tq, Q], [batch, Tm, M] → [batch, Tq, M], with heads
 * [batch, Tq, units]. The output at each step is the sum of the memory's steps, weighted with the softmax of their scores.
 * It has the lengths and the mask of the query. Steps of the memory that are masked or past a row's length have weight 0.
 * If all steps of a row are excluded, its output is 0. Past the query's lengths, the output is 0 too.
 *
 * Score 'dot' has no parameters, 'general' has `kernel` [Q, M], and 'additive' has `queryKernel` [Q, units], `memoryKernel`
 * [M, units] and `scoreKernel` [units, 1]. With heads, the parameters are `queryKernel`, `keyKernel`, `valueKernel` and
 * `outputKernel`, each [inputs, units], and their biases, [units].
 * @throws OptionError for an unknown option, an invalid value, or options that exclude each other; `build` throws a ShapeError for
 *   inputs that are not sequences or, with score 'dot', have different widths
 */
export function attention(
  options: AttentionOptions = {},
): Layer<'attention', ResolvedAttentionOptions, AttentionInputs, 'sequence'> {
  const checked = checkOptions('attention', options, checks);
  checkTogether(checked);
  const { causal, dropout, heads } = checked;
  return {
    kind: 'attention',
    options: checked,
    trainable: checked.trainable,
    inputs: ['query', 'memory'],
    build({ query, memory }): BuiltLayer<AttentionInputs> {
      const { time, features } = requireSequence("attention's query", query);
      const widths = { query: features, memory: requireSequence("attention's memory", memory).features };
      const multi = heads === undefined ? undefined : multiHead('attention', { ...checked, heads }, widths);
      const score = multi ?? scoreFunction('attention', checked, widths);
      const width = multi?.units ?? widths.memory;
      return {
        outputShape: { kind: 'sequence', time, features: width },
        parameters: score.parameters,
        attends: true,
        ...(causal
          ? { wholeSequence: 'attention with causal needs the steps of its query from the first one on' }
          : { wholeInputs: { memory: wholeMemory } }),
        apply(tape, { query, memory }, context) {
          const [Tq, B] = query.value.shape;
          if (memory.value.shape[0] === 0) {
            context.watchAttention?.(tape.fill([Tq, B, 0], 0));
            return { output: { value: tape.fill([Tq, B, width], 0) } };
          }
          const options = { querySteps: Tq, queryLengths: query.lengths, causal };
          const mask = attentionMask(tape, memory, options);
          const prepared = score.prepare(tape, context.weights, memory.value);
          const drop = dropping(tape, dropout, context);
          const attended = attend(tape, prepared, query.value, { heads: score.heads, bias: mask.bias, drop });
          context.watchAttention?.(meanWeights(tape, attended.weights, mask.output));
          const value = multi?.project(tape, context.weights, attended.context) ?? attended.context;
          return { output: { value: mask.output ? tape.mul(value, mask.output) : value } };
        },
      };
    },
  };
}

/** Returns a function that applies dropout to the attention weights; undefined if there is no dropout. */
function dropping(
  tape: Tape,
  rate: number,
  { training, random }: Pick<LayerContext, 'training' | 'random'>,
): ((weights: Tensor) => Tensor) | undefined {
  if (!training || rate === 0) return undefined;
  return (weights) => tape.mul(weights, dropoutMask(tape, random('dropout'), rate, weights.shape));
}

function checkTogether({ score, heads, units, bias }: ResolvedAttentionOptions): void {
  if (heads !== undefined && score !== 'dot')
    throw new OptionError(`attention: heads need score 'dot', not '${score}'`);
  if (units !== undefined && heads === undefined && score !== 'additive')
    throw new OptionError(`attention: units need heads or score 'additive', not '${score}'`);
  if (bias !== undefined && heads === undefined) throw new OptionError('attention: bias needs heads');
  if (heads !== undefined && units !== undefined && units % heads !== 0)
    throw new OptionError(`attention: units, ${units}, must be divisible by heads, ${heads}`);
}
