import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, fraction, number, oneOf, optional, positiveInteger } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { attend, shownWeights } from './attend.js';
import { compareByHeads } from './attention-heads.js';
import { sightOf } from './attention-mask.js';
import { compareBy, type Score } from './attention-scores.js';
import { dropoutMask } from './dropout-mask.js';
import type { BuiltLayer, Layer, LayerContext } from './layer.js';
import { wantSequence } from './shapes.js';

/** The options of {@link attention}. */
export interface AttentionOptions {
  /** How a query is compared with a step of the memory; see {@link Score}. Default 'dot'. */
  readonly score?: Score;
  /** With heads: that many scaled dot products of projections side by side (Vaswani et al. 2017). Default: none. */
  readonly heads?: number;
  /** Width of what tanh sees (score 'additive'), or of all heads together and of the output. Default: that of the query. */
  readonly units?: number;
  /** Step t of the query sees only the first t + 1 steps of the memory: for attention of a sequence to itself. Default false. */
  readonly causal?: boolean;
  /** What scores are multiplied by. Default 1; with heads 1 / √(units / heads). */
  readonly scale?: number;
  /** Share of the weights that is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Whether the projections of heads have biases. Default true with heads, and there are none without. */
  readonly bias?: boolean;
  /** Of every kernel. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
}

/** The options of {@link attention}, with the defaults filled in that do not depend on the input. */
export type ResolvedAttentionOptions = AttentionOptions &
  Required<Pick<AttentionOptions, 'score' | 'causal' | 'dropout' | 'kernelInitializer'>>;

/** The inputs of an attention. */
type AttentionInputs = { readonly query: 'sequence'; readonly memory: 'sequence' };

/** What both kinds of attention say of a memory that comes step by step. */
export const wholeMemory = 'attention looks at all steps of its memory together';

const checks = {
  score: optional(oneOf('dot', 'general', 'additive'), 'dot'),
  heads: optional(positiveInteger),
  units: optional(positiveInteger),
  causal: optional(boolean, false),
  scale: optional(number),
  dropout: optional(fraction, 0),
  bias: optional(boolean),
  kernelInitializer: optional(initializer, 'glorotUniform'),
};

/**
 * Each step of `query` looks at all steps of `memory`: [Tq, batch, Q], [Tm, batch, M] → [Tq, batch, M], with heads [Tq,
 * batch, units]. The output is the memory weighted by softmax of the scores over its steps (Luong et al. 2015), and it has
 * the query's lengths. Steps of the memory that are masked or past a row's length have weight 0; where that leaves none,
 * and past the query's lengths, the output is 0.
 *
 * The parameters are none for score 'dot', `kernel` [Q, M] for 'general', and `queryKernel` [Q, units], `memoryKernel` [M,
 * units] and `scoreKernel` [units, 1] for 'additive'. With heads they are `queryKernel`, `keyKernel`, `valueKernel`,
 * `outputKernel`, each [inputs, units], and their biases.
 * @throws OptionError for an option it does not have, a value that it cannot have, or options that do not go together
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
    inputs: ['query', 'memory'],
    build({ query, memory }): BuiltLayer<AttentionInputs> {
      const { time, features } = wantSequence("attention's query", query);
      const widths = { query: features, memory: wantSequence("attention's memory", memory).features };
      const byHeads =
        heads === undefined ? undefined : compareByHeads('attention', { ...checked, heads }, widths);
      const comparison = byHeads ?? compareBy('attention', checked, widths);
      const width = byHeads?.units ?? widths.memory;
      return {
        outputShape: { kind: 'sequence', time, features: width },
        parameters: comparison.parameters,
        ...(causal
          ? { wholeSequence: 'attention with causal counts the steps of its query from the first' }
          : { wholeInputs: { memory: wholeMemory } }),
        apply(tape, { query, memory }, context) {
          const [Tq, B] = query.value.shape;
          if (memory.value.shape[0] === 0) {
            context.watchAttention?.(tape.fill([Tq, B, 0], 0));
            return { output: { value: tape.fill([Tq, B, width], 0) } };
          }
          const { bias, seen } = sightOf(tape, memory, { steps: Tq, lengths: query.lengths, causal });
          const ready = comparison.ready(tape, context.weights, memory.value);
          const drop = dropping(tape, dropout, context);
          const attended = attend(tape, ready, query.value, { heads: comparison.heads, bias, drop });
          context.watchAttention?.(shownWeights(tape, attended.weights, seen));
          const value = byHeads?.project(tape, context.weights, attended.context) ?? attended.context;
          return { output: { value: seen ? tape.mul(value, seen) : value } };
        },
      };
    },
  };
}

/** Dropout of an attention's weights; undefined where there is none. */
export function dropping(
  tape: Tape,
  rate: number,
  { training, random }: Pick<LayerContext, 'training' | 'random'>,
): ((weights: Tensor) => Tensor) | undefined {
  if (!training || rate === 0) return undefined;
  return (weights) => tape.mul(weights, dropoutMask(tape, random('dropout'), rate, weights.shape));
}

function checkTogether({ score, heads, units, bias }: ResolvedAttentionOptions): void {
  if (heads !== undefined && score !== 'dot')
    throw new OptionError(`attention: heads compare by score 'dot', not '${score}'`);
  if (units !== undefined && heads === undefined && score !== 'additive')
    throw new OptionError(`attention: units are of heads or of score 'additive', not of '${score}'`);
  if (bias !== undefined && heads === undefined)
    throw new OptionError('attention: bias is of heads, and there are none');
  if (heads !== undefined && units !== undefined && units % heads !== 0)
    throw new OptionError(`attention: the units, ${units}, cannot be shared out among ${heads} heads`);
}
