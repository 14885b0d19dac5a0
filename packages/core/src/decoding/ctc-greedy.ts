import { argmax } from '../metrics/rows.js';
import type { BatchInput } from '../model/types.js';
import { type CtcPath, collapse } from './ctc-path.js';
import { type CtcDecodeOptions, checkDecodeOptions, readScores } from './ctc-scores.js';

/**
 * Decodes the output of a model that was trained with the loss `ctc`, by the most probable path: the most probable class of
 * each frame (best path decoding, Graves et al. 2006, section 3.2). This is fast, but not always the most probable list of
 * labels, because several paths stand for the same labels: see {@link ctcBeamSearch}.
 *
 * @param predictions what `predict` returns: [batch][frame][class]; rows may have unequal numbers of frames
 * @returns for each row, its labels, their frames, and the score of the path
 * @throws OptionError for invalid options; ShapeError and DataError for predictions that are not scores of classes
 */
export function ctcGreedy(predictions: BatchInput, options?: CtcDecodeOptions): CtcPath[] {
  const checked = checkDecodeOptions('ctcGreedy', options);
  return readScores('ctcGreedy', predictions, checked).map((frames) => {
    const path = frames.map(argmax);
    const score = path.reduce((sum, best, t) => sum + frames[t][best], 0);
    return { ...collapse(path, checked.blank), path, score };
  });
}
