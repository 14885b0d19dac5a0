import type { Scores } from '../metrics/scores.js';
import type { Progress } from './checkpoint.js';
import type { Values } from './metric-runs.js';
import { isBetter, monitored } from './monitor.js';
import type { CheckedFitOptions } from './options.js';
import { afterEpoch } from './plateau.js';
import type { EpochSummary } from './run.js';

/**
 * Adds the summary of the current epoch to the progress, updates the best epoch and the plateau, and starts the next epoch.
 * @returns the summary, and true if the epoch is the best so far
 */
export function completeEpoch(
  progress: Progress,
  scores: { readonly training?: Values; readonly validation?: Scores },
  { monitor, earlyStopping, reduceOnPlateau }: CheckedFitOptions,
): { readonly summary: EpochSummary; readonly isBest: boolean } {
  const { lossSum, weightSum, unaligned, best } = progress;
  const loss = weightSum > 0 ? lossSum / weightSum : 0;
  const { training, validation } = scores;
  const summary: EpochSummary = {
    epoch: progress.epoch + 1,
    loss,
    ...(unaligned !== undefined && { unaligned }),
    ...(training && { training: { loss, ...training } as Scores }),
    ...(validation && { validation }),
  };
  const value = monitored(monitor, summary);
  const isBest = isBetter(value, best?.value, monitor, earlyStopping?.minDelta ?? 0);
  if (isBest) progress.best = { value, epoch: summary.epoch };
  if (reduceOnPlateau) {
    const score = monitored(reduceOnPlateau.monitor, summary);
    progress.plateau = afterEpoch(progress.plateau, score, reduceOnPlateau);
  }
  progress.epochs.push(summary);
  progress.epoch += 1;
  Object.assign(progress, { batch: 0, lossSum: 0, weightSum: 0, unaligned: undefined });
  return { summary, isBest };
}
