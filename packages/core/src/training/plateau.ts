import { checkOptions, custom, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { isBetter, type Monitor, type MonitorOptions, monitorChecks } from './monitor.js';

/**
 * Reduce the learning rate when the monitored score no longer improves, as in Keras's ReduceLROnPlateau. A schedule continues,
 * and its rates are reduced.
 */
export interface PlateauOptions extends MonitorOptions {
  /** The factor of each reduction, above 0 and below 1. Default 0.1. */
  readonly factor?: number;
  /** The number of consecutive epochs without a better score before a reduction. Default 10. */
  readonly patience?: number;
  /** The amount by which a score must be better to count as better. Default 1e-4. */
  readonly minDelta?: number;
  /** Rates are not reduced below this one. Default 0. */
  readonly minRate?: number;
}

/** The best score so far, the epochs since then or since the last reduction, and the reductions. Stored in checkpoints. */
export interface Plateau {
  readonly best?: number;
  readonly waited: number;
  readonly reductions: number;
}

/** The options with defaults filled in. @throws OptionError for an unknown option or an invalid value */
export function checkPlateau(options: object) {
  return checkOptions('reduceOnPlateau', options, {
    ...monitorChecks,
    factor: optional(
      custom<number>('a number between 0 and 1', (x) => typeof x === 'number' && x > 0 && x < 1),
      0.1,
    ),
    patience: optional(positiveInteger, 10),
    minDelta: optional(nonNegativeNumber, 1e-4),
    minRate: optional(nonNegativeNumber, 0),
  });
}

/** What the reduction of a rate depends on. */
export interface CheckedPlateau {
  readonly monitor: Monitor;
  readonly factor: number;
  readonly patience: number;
  readonly minDelta: number;
  readonly minRate: number;
}

/** The state after an epoch with this score. */
export function afterEpoch(
  { best, waited, reductions }: Plateau = { waited: 0, reductions: 0 },
  score: number,
  { monitor, patience, minDelta }: CheckedPlateau,
): Plateau {
  if (isBetter(score, best, monitor, minDelta)) return { best: score, waited: 0, reductions };
  if (waited + 1 < patience) return { best, waited: waited + 1, reductions };
  return { best, waited: 0, reductions: reductions + 1 };
}

/** The learning rate for a rate of the schedule. */
export function reducedRate(rate: number, plateau: Plateau | undefined, options: CheckedPlateau): number {
  if (!plateau) return rate;
  const { factor, minRate } = options;
  return Math.max(rate * factor ** plateau.reductions, Math.min(rate, minRate));
}
