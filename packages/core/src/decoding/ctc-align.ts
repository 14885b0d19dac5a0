import { DataError, OptionError } from '../errors.js';
import { alignmentProblem, checkLabels, framesNeeded } from '../losses/label-sequences.js';
import type { BatchInput } from '../model/types.js';
import { show } from '../options.js';
import { type CtcPath, collapse } from './ctc-path.js';
import { type CtcDecodeOptions, checkDecodeOptions, type FrameScores, readScores } from './ctc-scores.js';

/**
 * Aligns known labels with the frames of a model's output: finds the most probable path that stands for these labels
 * (forced alignment, by the algorithm of Viterbi 1967).
 *
 * @param predictions what `predict` returns: [batch][frame][class]; rows may have unequal numbers of frames
 * @param labels the labels of each row
 * @returns for each row, the path, and the frames of each label
 * @throws OptionError for invalid options; ShapeError and DataError for predictions that are not scores of classes; DataError
 *   for labels that are not classes, or do not fit into the frames
 */
export function ctcAlign(
  predictions: BatchInput,
  labels: readonly (readonly number[])[],
  options?: CtcDecodeOptions,
): CtcPath[] {
  const checked = checkDecodeOptions('ctcAlign', options);
  const rows = readScores('ctcAlign', predictions, checked);
  if (!Array.isArray(labels) || labels.length !== rows.length)
    throw new OptionError(
      `ctcAlign: labels must have a list for each of the ${rows.length} rows, not ${show(labels)}`,
    );
  return rows.map((frames, row) => {
    const what = `ctcAlign: labels[${row}]`;
    const own = Array.from(checkLabels(labels[row], what, frames[0]?.length ?? Infinity, checked.blank));
    if (framesNeeded(own) > frames.length)
      throw new DataError(`${what} ${alignmentProblem(own, frames.length)}`);
    const { path, score } = bestPath(frames, own, checked.blank);
    return { ...collapse(path, checked.blank), path, score };
  });
}

/**
 * Stands for the logarithm of 0 while paths are compared: less than any sum of other logarithms, but a path with one is still
 * better than no path at all.
 */
const excluded = -1e9;

/** The best path through the states: state 2i is the blank before label i, state 2i + 1 is label i. */
function bestPath(
  frames: FrameScores,
  labels: readonly number[],
  blank: number,
): Pick<CtcPath, 'path' | 'score'> {
  const states = [blank, ...labels.flatMap((label) => [label, blank])];
  let scores = states.map((_, s) => (s === 0 ? 0 : Number.NEGATIVE_INFINITY));
  /** For each frame and state, how many states before it the best path comes from. */
  const jumps = frames.map((frame) => {
    const before = scores;
    const from = states.map((state, s) => {
      const jump = s > 0 && before[s - 1] > before[s] ? 1 : 0;
      const skips = s > 1 && state !== states[s - 2] && before[s - 2] > before[s - jump];
      return skips ? 2 : jump;
    });
    scores = states.map((state, s) => before[s - from[s]] + Math.max(frame[state], excluded));
    return from;
  });
  const end = states.length - 1;
  let s = end > 0 && scores[end - 1] > scores[end] ? end - 1 : end;
  const path: number[] = new Array(frames.length);
  for (let t = frames.length - 1; t >= 0; t--) {
    path[t] = states[s];
    s -= jumps[t][s];
  }
  return { path, score: path.reduce((sum, label, t) => sum + frames[t][label], 0) };
}
