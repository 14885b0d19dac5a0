/* What early stopping, the best weights and the learning rate depend on: a loss or a metric after each epoch. */
import { OptionError } from '../errors.js';
import type { MonitorMode } from '../metrics/metric.js';
import { custom, didYouMean, oneOf, optional, show } from '../options.js';
import type { OutputLoss } from './losses.js';
import type { EpochSummary } from './run.js';

/** The options that choose a score. */
export interface MonitorOptions {
  /**
   * The score to monitor: 'loss', the name of a metric, or for a graph `OUTPUT.loss` or `OUTPUT.metric`. It is the score on the
   * validation data or, without them, on the training data. Default 'loss'.
   */
  readonly monitor?: string;
  /** Whether a smaller or a larger score is better. Default: known for losses and built-in metrics. */
  readonly mode?: MonitorMode;
}

/** A score that is monitored. */
export interface Monitor {
  readonly name: string;
  readonly mode: MonitorMode;
}

/** The checks of {@link MonitorOptions}. */
export const monitorChecks = {
  monitor: optional(
    custom<string>('the name of a score', (x) => typeof x === 'string'),
    'loss',
  ),
  mode: optional(oneOf('min', 'max')),
};

/**
 * Resolves the monitored score of `owner`.
 * @param data whether there are validation data, or scores on training data
 * @throws OptionError for a score that is not measured or is not a number, and for an unknown `mode`
 */
export function resolveMonitor(
  owner: string,
  { monitor: name, mode }: { readonly monitor: string; readonly mode?: MonitorMode },
  losses: readonly OutputLoss[],
  data: { readonly validation: boolean },
): Monitor {
  if (name === 'loss') return { name, mode: mode ?? 'min' };
  const metrics = losses.flatMap(({ prefix, loss, metrics }) =>
    metrics.map((metric) => ({ name: prefix + metric.name, metric, loss })),
  );
  const ownLosses = data.validation ? losses.filter(({ prefix }) => prefix) : [];
  if (ownLosses.some(({ prefix }) => `${prefix}loss` === name)) return { name, mode: mode ?? 'min' };
  const found = metrics.find((one) => one.name === name);
  if (!found) {
    const known = [
      'loss',
      ...ownLosses.map(({ prefix }) => `${prefix}loss`),
      ...metrics.map((one) => one.name),
    ];
    throw new OptionError(`${owner}: monitor: there is no score ${show(name)}${didYouMean(name, known)}`);
  }
  const { metric, loss } = found;
  if (typeof metric.start(loss).value() !== 'number')
    throw new OptionError(`${owner}: monitor: the score ${name} is not a number`);
  const direction = mode ?? metric.mode;
  if (direction) return { name, mode: direction };
  throw new OptionError(`${owner}: mode is missing; set 'min' or 'max' for the score ${name}`);
}

/** The monitored score of an epoch. */
export function monitored({ name }: Monitor, { loss, training, validation }: EpochSummary): number {
  const scores = validation ?? training ?? { loss };
  return scores[name as 'loss'];
}

/** Returns true if a score is better than the best so far by more than `minDelta`. NaN is never better. */
export function isBetter(
  score: number,
  best: number | undefined,
  { mode }: Monitor,
  minDelta: number,
): boolean {
  if (best === undefined) return !Number.isNaN(score);
  return mode === 'min' ? score < best - minDelta : score > best + minDelta;
}
