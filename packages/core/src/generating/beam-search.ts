import { OptionError } from '../errors.js';
import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { checkOptions, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { Beam } from './beam.js';
import { type GeneratedOf, resultsOf } from './hypothesis.js';
import { checkStream, type GenerateOptions, generateChecks, startSteps } from './token-steps.js';

/** The options of {@link beamSearch}. */
export interface BeamSearchOptions<Types extends StreamTypes = StreamTypes> extends GenerateOptions<Types> {
  /** Hypotheses of a source that are followed side by side. Default: as many as the stream has rows a source. */
  readonly width?: number;
  /**
   * α of Wu et al. (2016): the logarithm of a hypothesis's probability is divided by ((5 + length) / 6) ** α, the end token
   * counted. 0 compares probabilities, which favours short sequences. Default 0.6.
   */
  readonly lengthPenalty?: number;
}

/**
 * Generates sequences by beam search: at every step the `width` best continuations of the hypotheses of a source are
 * followed, until as many have ended or have `maxLength` tokens. The stream has `width` rows a source; it starts anew, and
 * is left open. With a width of 1 it does what {@link greedy} does.
 *
 * The scores of the output may be logits, the result of softmax, or logarithms of probabilities.
 * @returns for a stream of one source its best hypothesis, with the others as `alternatives`; for a batch a list
 * @throws OptionError for options that do not fit the stream; UnsupportedError for a model without scores for every step
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
