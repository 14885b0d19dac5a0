import { OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import { custom, isRecord, show } from '../options.js';
import { auc } from './auc.js';
import { accuracy, mae, perplexity, rmse } from './means.js';
import type { AnyMetric, Metric } from './metric.js';
import { f1, precision, recall } from './precision-recall.js';

/** The metrics that have a name of their own: those that bundles can be without are functions only. */
const byName = { accuracy, perplexity, precision, recall, f1, auc, rmse, mae };

/**
 * The name of a built-in metric, with its defaults. Each counts what is neither padding nor masked, weighted by the samples'
 * weights. A label's weight does not matter, unless it is 0.
 */
export type MetricName = keyof typeof byName;

/** What `fit` and `evaluate` measure besides the loss. */
export type MetricList = readonly (MetricName | AnyMetric)[];

/** What the option `metrics` may be. */
export const metricsOption = custom<MetricList>('an array of names and metrics', Array.isArray);

/**
 * Metrics by their names, for outputs that are trained with `loss`; a `Metric` is returned as it is.
 * @throws OptionError for an unknown one, one that such outputs do not have, and two of the same name
 */
export function resolveMetrics(metrics: MetricList, loss: Loss): AnyMetric[] {
  const resolved = metrics.map((metric) => {
    if (!isMetric(metric)) return builtInMetric(metric, loss);
    const { targetKinds } = metric;
    if (!targetKinds || !loss.targetKind || targetKinds.includes(loss.targetKind)) return metric;
    throw new OptionError(
      `metrics: ${metric.name} measures ${targetKinds.join(' or ')}, and the targets of the loss ${loss.kind} are ${loss.targetKind}`,
    );
  });
  const names = resolved.map(({ name }) => name);
  const twice = names.find((name, i) => name === 'loss' || names.indexOf(name) !== i);
  if (twice === undefined) return resolved;
  throw new OptionError(`metrics: the name ${show(twice)} is taken; give the metric another one, { name }`);
}

function isMetric(metric: MetricName | AnyMetric): metric is AnyMetric {
  return isRecord(metric) && typeof metric.name === 'string' && typeof metric.start === 'function';
}

function builtInMetric(name: MetricName, { kind, targetKind }: Loss): Metric {
  const fitting = Object.values(byName)
    .map((make): Metric => make())
    .filter(({ targetKinds }) => targetKind && targetKinds?.includes(targetKind));
  const metric = fitting.find((one) => one.name === name);
  if (metric) return metric;
  const names = fitting.map((one) => one.name).join(', ') || 'no built-in metrics';
  throw new OptionError(`metrics: with the loss ${kind} there are ${names}, and not ${show(name)}`);
}
