import type { NDArray } from './data/ndarray.js';
import { OptionError } from './errors.js';
import type { Loss } from './losses/loss.js';
import type { EncodedTargets } from './losses/targets.js';
import { custom, isRecord, show } from './options.js';

/**
 * A built-in metric: a mean over all outputs that are neither padding nor masked, weighted by the samples' weights. A
 * label's weight does not matter, unless it is 0.
 * - `accuracy`: share of outputs whose most probable class is the right one (crossEntropy), or that are on the right
 *   side of 0.5 (binaryCrossEntropy);
 * - `perplexity`: exp of the mean cross entropy, the effective number of equally likely classes (crossEntropy);
 * - `rmse`, `mae`: root of the mean squared error, and the mean absolute error (any loss but the cross entropies).
 */
export type MetricName = 'accuracy' | 'perplexity' | 'rmse' | 'mae';

/** A metric. `fit` and `evaluate` take the name of a built-in one, or an object of this form. */
export interface Metric {
  /** Its name in the scores. */
  readonly name: string;
  /** Starts a new measurement. */
  start(): MetricRun;
}

/** One measurement, batch by batch. */
export interface MetricRun {
  /**
   * @param output the model's output, [T, B, F] or [B, F]
   * @param targets as the loss encodes them; row n of the targets belongs to row n of the output's N rows of F
   */
  update(output: NDArray, targets: EncodedTargets): void;
  /** The metric so far; NaN before any output was counted. */
  value(): number;
}

/** The score of one output of F numbers; its target is F numbers, or one class. */
type Score = (output: Float64Array, target: Float64Array) => number;

/** How a metric is computed from the mean of a score. */
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

/** What the option `metrics` may be. */
export const metricsOption = custom<readonly (MetricName | Metric)[]>(
  'an array of names and metrics',
  Array.isArray,
);

/**
 * Metrics by their names, for outputs that are trained with `loss`; a `Metric` is returned as it is.
 * @throws OptionError for an unknown one, and for one that such outputs do not have
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
    throw new OptionError(`metrics: with the loss ${loss.kind} there are ${names}, and not ${show(name)}`);
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
            const found = score(
              loss.fromLogits ? probabilities(output, loss.kind) : output,
              targets.subarray(n * width, (n + 1) * width),
            );
            sum += weight * found;
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
  // A probability that float32 rounded to 0 was still more than this.
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
