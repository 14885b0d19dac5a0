import type { BatchInput } from '../model/types.js';
import { checkOptions, custom, optional, positiveInteger } from '../options.js';
import { CtcBeam, type CtcHypothesis, type LanguageModel } from './ctc-beam.js';
import { type CtcDecodeOptions, decodeChecks, readScores } from './ctc-scores.js';

/** The options of {@link ctcBeamSearch}. */
export interface CtcBeamSearchOptions extends CtcDecodeOptions {
  /** The number of label lists that are followed for each row. Default 16. */
  readonly width?: number;
  /**
   * What a language model adds to the score of a list of labels that is continued by one more label, as a logarithm. Weigh it
   * here too, and add a constant to favour longer lists: `(labels, next) => 0.5 * logProbability(labels, next) + 1`. It is
   * called once for each continuation. Default: nothing is added.
   */
  readonly languageModel?: LanguageModel;
}

/** The result if the language model excludes every list of labels. */
const nothing: CtcHypothesis = { labels: [], score: Number.NEGATIVE_INFINITY };

/**
 * Decodes the output of a model that was trained with the loss `ctc`, by prefix beam search (Hannun et al. 2014): for each
 * of the `width` best beginnings, the probabilities of all paths that stand for it are added up, apart for those that end with
 * the blank. With a width that is large enough, `score` is −1 times the loss of the labels. A width of 1 is not
 * {@link ctcGreedy}, which follows a single path.
 *
 * @param predictions what `predict` returns: [batch][frame][class]; rows may have unequal numbers of frames
 * @returns for each row, the best labels, with the others as `alternatives`, best first
 * @throws OptionError for invalid options, and a language model that does not return a number below ∞; ShapeError and DataError for
 *   predictions that are not scores of classes
 */
export function ctcBeamSearch(
  predictions: BatchInput,
  options?: CtcBeamSearchOptions,
): (CtcHypothesis & { readonly alternatives: readonly CtcHypothesis[] })[] {
  const { width, languageModel, ...checked } = checkOptions('ctcBeamSearch', options, {
    ...decodeChecks,
    width: optional(positiveInteger, 16),
    languageModel: optional(custom<LanguageModel>('a function', (x) => typeof x === 'function')),
  });
  return readScores('ctcBeamSearch', predictions, checked).map((frames) => {
    const beam = new CtcBeam({ width, blank: checked.blank, languageModel });
    for (const frame of frames) beam.advance(frame);
    const [best = nothing, ...alternatives] = beam.hypotheses();
    return { ...best, alternatives };
  });
}
