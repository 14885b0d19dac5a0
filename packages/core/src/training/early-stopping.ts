import { checkOptions, nonNegativeNumber, optional, positiveInteger } from '../options.js';

/** Stop when the validation loss (without validation data: the training loss) no longer falls. */
export interface EarlyStoppingOptions {
  /** Epochs in a row without a better loss before it stops. */
  readonly patience: number;
  /** How much lower a loss must be to count as better. Default 0. */
  readonly minDelta?: number;
}

export function checkEarlyStopping(options: EarlyStoppingOptions): Required<EarlyStoppingOptions> {
  return checkOptions('earlyStopping', options, {
    patience: positiveInteger,
    minDelta: optional(nonNegativeNumber, 0),
  });
}

/** The best loss so far, and how long ago it was: what a checkpoint keeps of the watch. */
export interface BestLoss {
  readonly loss: number;
  readonly epoch: number;
}

/** Whether `loss` is better than the best so far by more than `minDelta`. */
export function isBetter(loss: number, best: BestLoss | undefined, minDelta: number): boolean {
  return best === undefined || loss < best.loss - minDelta;
}
