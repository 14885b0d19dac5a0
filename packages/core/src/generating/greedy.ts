import { OptionError } from '../errors.js';
import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { checkOptions } from '../options.js';
import type { GeneratedOf } from './hypothesis.js';
import { generateRows, largest } from './rows.js';
import { type GenerateOptions, generateChecks } from './token-steps.js';

/**
 * Generates the sequence whose every token is the most probable one after those before it. The stream has one row a source;
 * it starts anew, and is left open.
 *
 * The scores of the output may be logits, the result of softmax, or logarithms of probabilities.
 * @returns for a stream of one source its sequence, without `start` and `end`; for a batch a list
 * @throws OptionError for options that do not fit the stream, or a stream with several rows a source; UnsupportedError for a
 *   model without scores for every step
 */
export async function greedy<Types extends StreamTypes>(
  stream: GraphStream<Types>,
  options: GenerateOptions<Types>,
): Promise<GeneratedOf<Types['batch']>> {
  const checked = checkOptions('greedy', options, generateChecks);
  if (stream.rows !== stream.sources)
    throw new OptionError(
      `greedy: the stream must have one row for each of its ${stream.sources} sources, not ${stream.rows} rows`,
    );
  return generateRows('greedy', stream, checked, largest);
}
