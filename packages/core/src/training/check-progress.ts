import { FormatError } from '../errors.js';
import { isRecord, wholeNumber } from '../options.js';
import type { Progress } from './checkpoint.js';
import { fromJson } from './json-values.js';
import type { CheckedFitOptions } from './options.js';
import type { EpochSummary } from './run.js';

/** @throws FormatError for impossible counters */
export function checkProgress(progress: Record<string, unknown>, options: CheckedFitOptions): Progress {
  const { epoch, batch, window, step, lossSum, weightSum, unaligned, epochs, metrics, plateau } = progress;
  // Older files store the best score as a loss.
  const best: unknown = isRecord(progress.best)
    ? { value: progress.best.value ?? progress.best.loss, epoch: progress.best.epoch }
    : progress.best;
  const isSum = (x: unknown) => typeof x === 'number' && Number.isFinite(x);
  const isEpoch = (x: unknown, i: number) => isRecord(x) && x.epoch === i + 1 && isSum(x.loss);
  const problems: [boolean, string][] = [
    [[epoch, batch, window, step].every(wholeNumber.accepts), 'its counters must be whole numbers'],
    [Array.isArray(epochs) && epochs.every(isEpoch), 'it must have a summary of each epoch, in order'],
    [Array.isArray(epochs) && epochs.length === epoch, 'it must have as many summaries as epochs completed'],
    [window === 0 || options.window !== undefined, 'it is within a batch, but bptt has no window'],
    [isSum(lossSum) && isSum(weightSum) && (weightSum as number) >= 0, 'its sums must be numbers'],
    [
      unaligned === undefined || wholeNumber.accepts(unaligned),
      'its number of samples left out must be a whole number',
    ],
    [
      best === undefined ||
        (isRecord(best) &&
          isSum(best.value) &&
          wholeNumber.accepts(best.epoch) &&
          best.epoch <= (epoch as number)),
      'its best epoch must be one of those completed',
    ],
    [plateau === undefined || isPlateau(plateau), 'its plateau must be a score and two whole numbers'],
    [metrics === undefined || isRecord(metrics), 'the states of its metrics must be an object'],
    [
      !options.trainingMetrics || metrics !== undefined || (batch === 0 && window === 0),
      'it is within an epoch, and has no states of metrics',
    ],
  ];
  const problem = problems.find(([valid]) => !valid);
  if (problem) {
    const counters = JSON.stringify({ epoch, batch, window, step });
    throw new FormatError(`the checkpoint's progress is invalid: ${problem[1]}; it is at ${counters}`);
  }
  const summaries = (epochs as EpochSummary[]).map(({ training, validation, ...summary }) => ({
    ...summary,
    ...(training && { training: fromJson(training) }),
    ...(validation && { validation: fromJson(validation) }),
  }));
  return {
    ...progress,
    epochs: summaries,
    best,
    ...(metrics !== undefined && { metrics: fromJson(metrics) }),
  } as unknown as Progress;
}

function isPlateau(plateau: unknown): boolean {
  if (!isRecord(plateau)) return false;
  const { best, waited, reductions } = plateau;
  const isScore = best === undefined || (typeof best === 'number' && Number.isFinite(best));
  return isScore && wholeNumber.accepts(waited) && wholeNumber.accepts(reductions);
}
