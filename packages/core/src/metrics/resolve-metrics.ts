import { OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import { isRecord, show } from '../options.js';
import { auc } from './auc.js';
import { accuracy, mae, perplexity, rmse } from './means.js';
import type { AnyMetric, Metric } from './metric.js';
import { f1, precision, recall } from './precision-recall.js';

/** The metrics that can be used by name. The others are functions only, so that bundles can leave them out. */
const byName = { accuracy, perplexity, precision, recall, f1, auc, rmse, mae };

/**
 * The name of a built-in metric, which then has its default options. Outputs that are neither padding nor masked are counted,
 * weighted by the samples' weights. Label weights are ignored, except that outputs with a label weight of 0 are not counted.
 */
export type MetricName = keyof typeof byName;

/** The metrics of an output. */
export type MetricList = readonly (MetricName | AnyMetric)[];

/**
 * Resolves metric names for an output that is trained with `loss`. A `Metric` is returned unchanged.
 * @throws OptionError for an unknown metric, a metric that does not apply to this loss, and two metrics with the same name
 */
export function resolveMetrics(metrics: MetricList, loss: Loss): AnyMetric[] {
  const resolved = metrics.map((metric) => {
    if (!isMetric(metric)) return builtInMetric(metric, loss);
    const { targetKinds } = metric;
    if (!targetKinds || !loss.targetKind || targetKinds.includes(loss.targetKind)) return metric;
    throw new OptionError(
      `metrics: ${metric.name} is for ${targetKinds.join(' or ')}, and the targets of the loss ${loss.kind} are ${loss.targetKind}`,
    );
  });
  const names = resolved.map(({ name }) => name);
  const twice = names.find((name, i) => ['loss', 'unaligned'].includes(name) || names.indexOf(name) !== i);
  if (twice === undefined) return resolved;
  throw new OptionError(
    `metrics: the name ${show(twice)} is already used; set the option name of the metric`,
  );
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
  throw new OptionError(`metrics: ${show(name)} does not exist for the loss ${kind}, which has ${names}`);
}
