import type { TensorData } from './contract/tensor.js';
import { OptionError } from './errors.js';
import type { Loss } from './losses/loss.js';
import type { EncodedTargets } from './losses/targets.js';
import { isRecord, show } from './options.js';

/**
 * What is counted beside the loss, over all outputs that are not padding; a label's weight does not matter, unless it
 * is 0:
 * - `accuracy`: share of outputs whose most probable class is the right one (crossEntropy), or that are on the right
 *   side of 0.5 (binaryCrossEntropy);
 * - `perplexity`: exp of the mean cross entropy: among how many classes the model wavers (crossEntropy);
 * - `rmse`, `mae`: root of the mean squared error, and the mean absolute error (any loss but the cross entropies).
 */
export type MetricName = 'accuracy' | 'perplexity' | 'rmse' | 'mae';

/** Adds up a metric, batch by batch. */
export interface Metric {
  readonly name: MetricName;
  /**
   * @param rows the model's output, [N, F] row-major
   * @param features F
   * @param encoded the targets, as the loss encodes them
   */
  update(rows: TensorData, features: number, encoded: EncodedTargets): void;
  /** The metric so far; NaN before any output was counted. */
  value(): number;
}

/** The score of one output of F numbers; its target is F numbers, or one class. */
type Score = (output: Float64Array, target: Float64Array) => number;

/** How a metric is had from the mean of a score. */
interface Definition {
  readonly score: Score;
  readonly finish?: (mean: number) => number;
}

const regressions: Record<string, Definition> = {
  rmse: { score: (output, target) => mean(output, (y, at) => (y - target[at]) ** 2), finish: Math.sqrt },
  mae: { score: (output, target) => mean(output, (y, at) => Math.abs(y - target[at])) },
};

const definitions: Record<Loss['kind'], Record<string, Definition>> = {
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

/**
 * A metric by its name, for outputs that are trained with `loss`.
 * @throws OptionError for an unknown one, and for one that such outputs do not have
 */
export function metric(name: MetricName, loss: Pick<Loss, 'kind' | 'fromLogits'>): Metric {
  if (!isRecord(loss) || !Object.hasOwn(definitions, loss.kind)) {
    throw new OptionError(
      `metric: the loss must be one of ${Object.keys(definitions).join(', ')}, not ${show(loss)}`,
    );
  }
  const known = definitions[loss.kind];
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known).join(', ');
    throw new OptionError(`metrics: with the loss ${loss.kind} there are ${names}, and not ${show(name)}`);
  }
  const { score, finish = (mean) => mean } = known[name];
  let sum = 0;
  let count = 0;
  return {
    name,
    update(rows, features, { targets, weights }) {
      const width = targets.length / weights.length;
      for (let n = 0; n < weights.length; n++) {
        if (weights[n] === 0) continue;
        const output = Float64Array.from(rows.subarray(n * features, (n + 1) * features));
        sum += score(
          loss.fromLogits ? probabilities(output, loss.kind) : output,
          targets.subarray(n * width, (n + 1) * width),
        );
        count++;
      }
    },
    value: () => finish(sum / count),
  };
}

/** `names`, if each is a metric of outputs that are trained with `loss`. @throws OptionError */
export function checkMetrics(
  names: readonly MetricName[],
  loss: Pick<Loss, 'kind' | 'fromLogits'>,
): readonly MetricName[] {
  return names.map((name) => metric(name, loss).name);
}

function probabilities(logits: Float64Array, kind: Loss['kind']): Float64Array {
  if (kind === 'binaryCrossEntropy') return logits.map((z) => 1 / (1 + Math.exp(-z)));
  const largest = Math.max(...logits);
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
