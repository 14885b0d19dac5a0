import type { NDArray } from '../data/ndarray.js';
import type { Loss, TargetKind } from '../losses/loss.js';
import type { EncodedTargets } from '../losses/targets.js';

/** What a metric can come to: a number, or a list or an object of values, as JSON has them. */
export type MetricValue = number | readonly MetricValue[] | { readonly [name: string]: MetricValue };

/**
 * A metric. `fit` and `evaluate` take the name of a built-in one, what a function such as {@link f1} returns, or a custom
 * object of this form. `Value` is what it comes to; a metric that training is to watch must come to a number.
 */
export interface Metric<Value extends MetricValue = number, Name extends string = string> {
  /** Its name in the scores. */
  readonly name: Name;
  /** The kinds of targets that it can measure. Default: any. */
  readonly targetKinds?: readonly TargetKind[];
  /** Starts a new measurement of outputs that are trained with `loss`. */
  start(loss: Loss): MetricRun<Value>;
}

/** A metric, whatever it comes to. */
export type AnyMetric = Metric<MetricValue>;

/** One measurement, batch by batch. */
export interface MetricRun<Value extends MetricValue = number> {
  /**
   * @param output the model's output, [T, B, F] or [B, F]
   * @param targets as the loss encodes them; row n of the targets belongs to row n of the output's N rows of F
   */
  update(output: NDArray, targets: EncodedTargets): void;
  /** The metric so far; NaN, if it is a number, before any output was counted. */
  value(): Value;
}

/** The option that every built-in metric has. */
export interface Named<Name extends string> {
  /** Its name in the scores. Default: that of the function. */
  readonly name?: Name;
}
