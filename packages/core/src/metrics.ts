import type { NDArray } from './data/ndarray.js';
import { OptionError } from './errors.js';
import type { Loss } from './losses/loss.js';
import type { EncodedTargets } from './losses/targets.js';
import { custom, isRecord, show } from './options.js';

/**
 * A built-in metric: a mean over all outputs that are neither padding nor masked, weighted by the samples' weights.
 * Label weights are ignored, except that outputs with a label weight of 0 are not counted.
 * - `accuracy`: the fraction of outputs whose most probable class is correct (crossEntropy), or that are on the correct
 *   side of 0.5 (binaryCrossEntropy);
 * - `perplexity`: the exponential of the mean cross entropy, which is the effective number of equally likely classes
 *   (crossEntropy);
 * - `rmse`, `mae`: the root of the mean squared error, and the mean absolute error (for losses other than the cross
 *   entropies).
 */
export type MetricName = 'accuracy' | 'perplexity' | 'rmse' | 'mae';

/** A metric. `fit` and `evaluate` accept the name of a built-in metric, or an object with this interface. */
export interface Metric {
  /** The name of the metric in the scores. */
  readonly name: string;
  /** Starts a new measurement. */
  start(): MetricRun;
}

/** One measurement, which is updated batch by batch. */
export interface MetricRun {
  /**
   * @param output the output of the model, [T, B, F] or [B, F]
   * @param targets the targets as the loss encoded them; row n of the targets belongs to row n of the output as an [N,
   *   F] matrix
   */
  update(output: NDArray, targets: EncodedTargets): void;
  /** The value of the metric so far; NaN before any output was counted. */
  value(): number;
}

/** Computes the score of one output of F numbers. The target has F numbers, or one class index. */
type Score = (output: Float64Array, target: Float64Array) => number;

/** A metric as the mean of a score, optionally transformed by `finish`. */
interface Definition {
  readonly score: Score;
  readonly finish?: (mean: number) => number;
}

const regressions: Record<string, Definition> = {
  rmse: { score: (output, target) => mean(output, (y, at) => (y - target[at]) ** 2), finish: Math.sqrt },
  mae: { score: (output, target) => mean(output, (y, at) => Math.abs(y - target[at])) },
};

const definitions: Record<string, Record<string, Definition>> = {
  crossEntropy: {
    accuracy: {
      score: (output, target) =>
        Number(argmax(output) === (target.length === 1 ? target[0] : argmax(target))),
    },
    perplexity: { score: crossEntropyOf, finish: Math.exp },
  },
  binaryCrossEntropy: {
    accuracy: { score: (output, target) => mean(output, (p, at) => Number(p > 0.5 === target[at] > 0.5)) },
  },
  meanSquaredError: regressions,
  meanAbsoluteError: regressions,
  huber: regressions,
};

/** The check for the option `metrics`. */
export const metricsOption = custom<readonly (MetricName | Metric)[]>(
  'an array of names and metrics',
  Array.isArray,
);

/**
 * Resolves metric names for a model that is trained with `loss`. A custom `Metric` is returned unchanged.
 * @throws OptionError for an unknown metric, and for a metric that does not apply to this loss
 */
export function resolveMetrics(metrics: readonly (MetricName | Metric)[], loss: Loss): Metric[] {
  return metrics.map((metric) => (isMetric(metric) ? metric : builtInMetric(metric, loss)));
}

function isMetric(metric: MetricName | Metric): metric is Metric {
  return isRecord(metric) && typeof metric.name === 'string' && typeof metric.start === 'function';
}

function builtInMetric(name: MetricName, loss: Loss): Metric {
  const known = Object.hasOwn(definitions, loss.kind) ? definitions[loss.kind] : {};
  if (typeof name !== 'string' || !Object.hasOwn(known, name)) {
    const names = Object.keys(known).join(', ') || 'no built-in metrics';
    throw new OptionError(
      `metrics: ${show(name)} does not exist for the loss ${loss.kind}, which has ${names}`,
    );
  }
  const { score, finish = (mean) => mean } = known[name];
  return {
    name,
    start() {
      let sum = 0;
      let total = 0;
      return {
        update({ data, shape }, { targets, weights, sampleWeights = weights }) {
          const features = shape[shape.length - 1];
          const width = targets.length / weights.length;
          for (const [n, weight] of sampleWeights.entries()) {
            if (weight === 0) continue;
            const output = Float64Array.from(data.subarray(n * features, (n + 1) * features));
            const value = score(
              loss.fromLogits ? probabilities(output, loss.kind) : output,
              targets.subarray(n * width, (n + 1) * width),
            );
            sum += weight * value;
            total += weight;
          }
        },
        value: () => finish(sum / total),
      };
    },
  };
}

function probabilities(logits: Float64Array, kind: string): Float64Array {
  if (kind === 'binaryCrossEntropy') return logits.map((z) => 1 / (1 + Math.exp(-z)));
  const largest = logits.reduce((most, z) => Math.max(most, z), -Infinity);
  const powers = logits.map((z) => Math.exp(z - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function crossEntropyOf(output: Float64Array, target: Float64Array): number {
  // The smallest positive float32 number replaces probabilities that were rounded to 0.
  const surprise = (p: number) => -Math.log(Math.max(p, 1e-45));
  if (target.length === 1) return surprise(output[target[0]]);
  return output.reduce((sum, p, at) => sum + target[at] * surprise(p), 0);
}

function argmax(values: Float64Array): number {
  return values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
}

function mean(values: Float64Array, of: (value: number, at: number) => number): number {
  return values.reduce((sum, value, at) => sum + of(value, at), 0) / values.length;
}
