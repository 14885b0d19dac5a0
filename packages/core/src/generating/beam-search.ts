import { OptionError } from '../errors.js';
import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { checkOptions, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { Beam } from './beam.js';
import { type GeneratedOf, resultsOf } from './hypothesis.js';
import { checkStream, type GenerateOptions, generateChecks, startSteps } from './token-steps.js';

/** The options of {@link beamSearch}. */
export interface BeamSearchOptions<Types extends StreamTypes = StreamTypes> extends GenerateOptions<Types> {
  /** The number of hypotheses that are kept for each source. Default: the number of rows that the stream has for each source. */
  readonly width?: number;
  /**
   * α of Wu et al. (2016), 0 or more: the score of a hypothesis is its log probability divided by ((5 + length) / 6) ** α,
   * with the end token included in the length. With 0, short sequences are favoured. Default 0.6.
   */
  readonly lengthPenalty?: number;
}

/**
 * Generates sequences by beam search: each step keeps the `width` best continuations of the hypotheses of a source, until
 * `width` hypotheses have ended or have `maxLength` tokens. The stream must have `width` rows for each source. It is reset
 * first, and stays open: close it afterwards. With a width of 1, the result is that of {@link greedy}.
 *
 * The output of the model may be logits, probabilities (the result of a softmax) or log probabilities.
 * @returns the best hypothesis, with the others as `alternatives`; a list of them if the given inputs are a batch
 * @throws OptionError for invalid options, and for a `width` that does not fit the rows of the stream; UnsupportedError for a
 *   model without an output that scores every step
 */
export async function beamSearch<Types extends StreamTypes>(
  stream: GraphStream<Types>,
  options: BeamSearchOptions<Types>,
): Promise<GeneratedOf<Types['batch']>> {
  checkStream('beamSearch', stream);
  const rows = stream.rows / stream.sources;
  const { width, lengthPenalty, ...checked } = checkOptions('beamSearch', options, {
    ...generateChecks,
    width: optional(positiveInteger, rows),
    lengthPenalty: optional(nonNegativeNumber, 0.6),
  });
  if (width !== rows)
    throw new OptionError(
      `beamSearch: a width of ${width} needs a stream of rows: ${width * stream.sources}, not ${stream.rows}`,
    );
  const { end, maxLength, onStep } = checked;
  const { next, first } = await startSteps('beamSearch', stream as GraphStream, checked);
  const beams = Array.from({ length: stream.sources }, () => new Beam({ width, end, lengthPenalty }));
  for (let length = 1; length <= maxLength && beams.some(({ done }) => !done); length++) {
    const scores = await next(beams.flatMap((beam) => beam.lastTokens(first)));
    const order = beams.flatMap((beam, source) => {
      const from = beam.advance(scores.slice(source * width, (source + 1) * width));
      return from.map((row) => source * width + row);
    });
    stream.reorder(order);
    onStep?.({ length, sources: beams.map((beam) => beam.hypotheses()) });
  }
  return resultsOf<Types['batch']>(
    stream.isBatch,
    beams.map((beam) => beam.best()),
  );
}
