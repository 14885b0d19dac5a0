import { checkOptions, nonNegativeNumber, optional, positiveInteger } from '../options.js';
import { type MonitorOptions, monitorChecks } from './monitor.js';

/** Stop training when the monitored score no longer improves. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** The number of consecutive epochs without a better score before training stops. */
  readonly patience: number;
  /** The amount by which a score must be better to count as better. Default 0. */
  readonly minDelta?: number;
}

/** The options with defaults filled in. @throws OptionError for an unknown option or an invalid value */
export function checkEarlyStopping(options: object) {
  return checkOptions('earlyStopping', options, {
    ...monitorChecks,
    patience: positiveInteger,
    minDelta: optional(nonNegativeNumber, 0),
  });
}
