import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import type { Sight } from './attention-mask.js';
import { exchanged, type ReadyMemory } from './attention-scores.js';

/** What an attention takes from a memory. */
export interface Attended {
  /** The values, weighted: [Tq, B, heads · D]. */
  readonly context: Tensor;
  /** Softmax of the scores, [B, heads, Tq, Tm]; where nothing is seen they say nothing. */
  readonly weights: Tensor;
}

/**
 * Softmax of the scores of a query [Tq, B, Q] over the steps of the memory, and the values weighted by it.
 * @param drop what is done to the weights in training: dropout
 */
export function attend(
  tape: Tape,
  { values, scores }: ReadyMemory,
  query: Tensor,
  {
    heads,
    bias,
    drop,
  }: Pick<Sight, 'bias'> & { readonly heads: number; readonly drop?: (x: Tensor) => Tensor },
): Attended {
  const [Tq, B] = query.shape;
  const [N, Tm, width] = values.shape;
  const all = tape.reshape(scores(query), [B, heads, Tq, Tm]);
  const weights = tape.softmax(bias ? tape.add(all, bias) : all);
  const kept = tape.reshape(drop ? drop(weights) : weights, [N, Tq, Tm]);
  const context = exchanged(tape, tape.matmul(kept, values));
  return { context: tape.reshape(context, [Tq, B, heads * width]), weights };
}

/** The weights as they are shown: averaged over the heads, 0 where nothing is seen, [Tq, B, Tm]. */
export function shownWeights(tape: Tape, weights: Tensor, seen: Tensor | undefined): Tensor {
  const [B, heads, Tq, Tm] = weights.shape;
  const mean = heads === 1 ? weights : tape.mean(weights, [1]);
  const shown = exchanged(tape, tape.reshape(mean, [B, Tq, Tm]));
  return seen ? tape.mul(shown, seen) : shown;
}
