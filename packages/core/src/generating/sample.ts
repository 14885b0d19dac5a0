import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { checkOptions, custom, number, optional, positiveInteger, positiveNumber } from '../options.js';
import { seededRandom } from '../random.js';
import type { GeneratedOf } from './hypothesis.js';
import { generateRows } from './rows.js';
import { type GenerateOptions, generateChecks } from './token-steps.js';

/** The options of {@link sample}. */
export interface SampleOptions<Types extends StreamTypes = StreamTypes> extends GenerateOptions<Types> {
  /** The divisor of the log probabilities before the softmax, above 0. Values below 1 favour probable tokens. Default 1. */
  readonly temperature?: number;
  /** Draw only from this number of most probable tokens (Fan et al. 2018). Default: from all. */
  readonly topK?: number;
  /**
   * Draw only from the smallest set of most probable tokens whose probabilities, after `temperature` and `topK`, sum to at
   * least this number, above 0 and at most 1 (Holtzman et al. 2020). Default 1: from all.
   */
  readonly topP?: number;
  /** The seed of the random numbers, which also depend on the row and the step. Default 0. */
  readonly seed?: number;
}

/**
 * Generates a sequence for each row, by drawing every token with its probability. If the stream has several rows for each
 * source, the result is the sequence with the best score, and the others are its `alternatives`. The stream is reset first,
 * and stays open: close it afterwards.
 *
 * The output of the model may be logits, probabilities (the result of a softmax) or log probabilities. The `score` of a
 * sequence is its log probability without `temperature`, `topK` and `topP`.
 * @returns the sequence without `start` and `end`; a list of sequences if the given inputs are a batch
 * @throws OptionError for invalid options; UnsupportedError for a model without an output that scores every step
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
