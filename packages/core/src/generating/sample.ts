import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { checkOptions, custom, number, optional, positiveInteger, positiveNumber } from '../options.js';
import { seededRandom } from '../random.js';
import type { GeneratedOf } from './hypothesis.js';
import { generateRows } from './rows.js';
import { type GenerateOptions, generateChecks } from './token-steps.js';

/** The options of {@link sample}. */
export interface SampleOptions<Types extends StreamTypes = StreamTypes> extends GenerateOptions<Types> {
  /** Logarithms are divided by it before the softmax: below 1 favours what is probable. Default 1. */
  readonly temperature?: number;
  /** Only the so many most probable tokens (Fan et al. 2018). Default: all. */
  readonly topK?: number;
  /**
   * Only the fewest most probable tokens whose probabilities, after `temperature` and `topK`, sum to this or more (Holtzman
   * et al. 2020). Default: 1, all.
   */
  readonly topP?: number;
  /** What is drawn depends on it, and on the row and step alone. Default 0. */
  readonly seed?: number;
}

/**
 * Generates each row by drawing every token by its probability. A stream of several rows a source gives as many draws: the
 * one with the best score, and the others as its `alternatives`. The stream starts anew, and is left open.
 *
 * The scores of the output may be logits, the result of softmax, or logarithms of probabilities. A hypothesis's `score` is
 * the model's own, whatever the temperature.
 * @returns for a stream of one source what was drawn for it; for a batch a list
 * @throws OptionError for options that do not fit the stream; UnsupportedError for a model without scores for every step
 */
export async function sample<Types extends StreamTypes>(
  stream: GraphStream<Types>,
  options: SampleOptions<Types>,
): Promise<GeneratedOf<Types['batch']>> {
  const { temperature, topK, topP, seed, ...checked } = checkOptions('sample', options, {
    ...generateChecks,
    temperature: optional(positiveNumber, 1),
    topK: optional(positiveInteger),
    topP: optional(
      custom<number>('a number above 0, at most 1', (p) => positiveNumber.accepts(p) && p <= 1),
      1,
    ),
    seed: optional(number, 0),
  });
  const draws = Array.from({ length: stream.rows }, (_, row) => seededRandom(seed, 'sample', row));
  return generateRows('sample', stream, checked, (scores, row) => {
    const tokens = candidates(scores, { temperature, topK, topP });
    const total = tokens.reduce((sum, { weight }) => sum + weight, 0);
    let left = draws[row].uniform() * total;
    for (const { token, weight } of tokens) {
      left -= weight;
      if (left < 0) return token;
    }
    // Rounding may leave a little of the last weight.
    return tokens[tokens.length - 1].token;
  });
}

/** The tokens that may be drawn, the most probable first, and their weights. */
function candidates(
  scores: Float64Array,
  { temperature, topK, topP }: { temperature: number; topK?: number; topP: number },
): { token: number; weight: number }[] {
  const sorted = Array.from(scores, (score, token) => ({ token, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK);
  const tokens = sorted.map(({ token, score }) => ({
    token,
    weight: Math.exp((score - sorted[0].score) / temperature),
  }));
  const enough = topP * tokens.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  let count = 0;
  while (count < tokens.length && sum < enough) sum += tokens[count++].weight;
  return tokens.slice(0, count);
}
