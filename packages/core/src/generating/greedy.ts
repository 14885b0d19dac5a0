import { OptionError } from '../errors.js';
import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { checkOptions } from '../options.js';
import type { GeneratedOf } from './hypothesis.js';
import { generateRows, largest } from './rows.js';
import { type GenerateOptions, generateChecks } from './token-steps.js';

/**
 * Generates a sequence for each source, by choosing the most probable token at each step. The stream must have one row for
 * each source. It is reset first, and stays open: close it afterwards.
 *
 * The output of the model may be logits, probabilities (the result of a softmax) or log probabilities.
 * @returns the sequence without `start` and `end`; a list of sequences if the given inputs are a batch
 * @throws OptionError for invalid options, and for a stream with several rows for each source; UnsupportedError for a model
 *   without an output that scores every step
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
