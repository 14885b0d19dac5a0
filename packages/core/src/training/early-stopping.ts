import { checkOptions, nonNegativeNumber, optional, positiveInteger } from '../options.js';

/** Stop training when the validation loss no longer falls (or the training loss, if there is no validation data). */
export interface EarlyStoppingOptions {
  /** The number of consecutive epochs without a better loss before training stops. */
  readonly patience: number;
  /** The amount by which a loss must be lower to count as better. Default 0. */
  readonly minDelta?: number;
}

export function checkEarlyStopping(options: EarlyStoppingOptions): Required<EarlyStoppingOptions> {
  return checkOptions('earlyStopping', options, {
    patience: positiveInteger,
    minDelta: optional(nonNegativeNumber, 0),
  });
}

/** The best loss so far, and the number of epochs since then. Stored in checkpoints. */
export interface BestLoss {
  readonly loss: number;
  readonly epoch: number;
}

/** Returns true if `loss` is lower than the best loss so far by more than `minDelta`. */
export function isBetter(loss: number, best: BestLoss | undefined, minDelta: number): boolean {
  return best === undefined || loss < best.loss - minDelta;
}
