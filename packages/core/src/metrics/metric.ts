import type { NDArray } from '../data/ndarray.js';
import type { Loss, TargetKind } from '../losses/loss.js';
import type { EncodedTargets } from '../losses/targets.js';

/** The value of a metric: a number, or a list or an object of values, as JSON can represent them. */
export type MetricValue = number | readonly MetricValue[] | { readonly [name: string]: MetricValue };

/**
 * A metric. `fit` and `evaluate` accept the name of a built-in metric, the result of a function such as {@link f1}, or a
 * custom object with this interface. `Value` is the type of its value; early stopping needs a number.
 */
export interface Metric<Value extends MetricValue = number, Name extends string = string> {
  /** The name of the metric in the scores. */
  readonly name: Name;
  /** The kinds of targets that the metric applies to. Default: all. */
  readonly targetKinds?: readonly TargetKind[];
  /** Starts a new measurement of an output that is trained with `loss`. */
  start(loss: Loss): MetricRun<Value>;
}

/** A metric with any type of value. */
export type AnyMetric = Metric<MetricValue>;

/** One measurement, which is updated batch by batch. */
export interface MetricRun<Value extends MetricValue = number> {
  /**
   * @param output the output of the model, [T, B, F] or [B, F]
   * @param targets the targets as the loss encoded them; row n of the targets belongs to row n of the output as an [N,
   *   F] matrix
   */
  update(output: NDArray, targets: EncodedTargets): void;
  /** The value of the metric so far. A numeric metric is NaN before any output was counted. */
  value(): Value;
}

/** The option that every built-in metric has. */
export interface Named<Name extends string> {
  /** The name of the metric in the scores. Default: the name of the function. */
  readonly name?: Name;
}
