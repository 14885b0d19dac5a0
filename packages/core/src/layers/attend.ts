import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import { type PreparedMemory, swapFirstAxes } from './attention-scores.js';

/** The result of an attention. */
export interface Attended {
  /** The weighted sum of the values, [Tq, B, heads · D]. */
  readonly context: Tensor;
  /** Softmax of the scores, [B, heads, Tq, Tm]. */
  readonly weights: Tensor;
}

/** The options of {@link attend}. */
interface AttendOptions {
  /** The number of heads. */
  readonly heads: number;
  /** A tensor that is added to the scores, such as a mask; default: none. */
  readonly bias?: Tensor;
  /** Applies dropout to the weights, in training. */
  readonly drop?: (weights: Tensor) => Tensor;
}

/** Computes the attention of a query [Tq, B, Q] over the steps of a memory. */
export function attend(
  tape: Tape,
  { values, scores }: PreparedMemory,
  query: Tensor,
  { heads, bias, drop }: AttendOptions,
): Attended {
  const [Tq, B] = query.shape;
  const [N, Tm, width] = values.shape;
  const raw = tape.reshape(scores(query), [B, heads, Tq, Tm]);
  const weights = tape.softmax(bias ? tape.add(raw, bias) : raw);
  const dropped = tape.reshape(drop ? drop(weights) : weights, [N, Tq, Tm]);
  const context = swapFirstAxes(tape, tape.matmul(dropped, values));
  return { context: tape.reshape(context, [Tq, B, heads * width]), weights };
}

/**
 * Returns the attention weights for display: averaged over the heads, [Tq, B, Tm].
 * @param mask the mask of the output, see `AttentionMask`; undefined: no output is masked
 */
export function meanWeights(tape: Tape, weights: Tensor, mask: Tensor | undefined): Tensor {
  const [B, heads, Tq, Tm] = weights.shape;
  const mean = heads === 1 ? weights : tape.mean(weights, [1]);
  const timeMajor = swapFirstAxes(tape, tape.reshape(mean, [B, Tq, Tm]));
  return mask ? tape.mul(timeMajor, mask) : timeMajor;
}
