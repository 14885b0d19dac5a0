/* Metrics that are the mean of a score over all outputs. */
import type { Loss, TargetKind } from '../losses/loss.js';
import { checkOptions, custom, optional, positiveInteger } from '../options.js';
import type { Metric, Named } from './metric.js';
import { argmax, classOf, classProbabilities, eachRow, type Row, targetKindOf, thresholdOf } from './rows.js';

/** The check for the option `name` of every metric. */
export const nameOption = optional(custom<string>('a name', (x) => typeof x === 'string' && x !== ''));

/** Computes the score of one output of F numbers. The target has F numbers, or one class index. */
type Score = (output: Row, target: Float64Array) => number;

function meanOf<Name extends string>(
  name: Name,
  targetKinds: readonly TargetKind[],
  scoreOf: (loss: Loss, kind: TargetKind) => Score,
  finish: (mean: number) => number = (mean) => mean,
): Metric<number, Name> {
  return {
    name,
    targetKinds,
    start(loss) {
      let sum = 0;
      let total = 0;
      return {
        update(output, targets) {
          const features = output.shape[output.shape.length - 1];
          const score = scoreOf(loss, targetKindOf(loss, targets, features));
          eachRow(output, targets, (row, target, weight) => {
            sum += weight * score(row, target);
            total += weight;
          });
        },
        value: () => finish(sum / total),
      };
    },
  };
}

/** The name of a metric: the option `name`, or the default `own`. */
function named<Name extends string>(own: string, options: Named<Name> | undefined): Name {
  return (checkOptions(own, options, { name: nameOption }).name ?? own) as Name;
}

/**
 * The fraction of outputs whose most probable class is correct. For labels: the fraction of labels on the correct side of
 * 0.5.
 * @throws OptionError for an unknown option
 */
export function accuracy<const Name extends string = 'accuracy'>(
  options?: Named<Name>,
): Metric<number, NoInfer<Name>> {
  const ofClasses: Score = (output, target) => Number(argmax(output) === classOf(target));
  return meanOf(named('accuracy', options), ['classes', 'labels'], (loss, kind) => {
    if (kind === 'classes') return ofClasses;
    const threshold = thresholdOf(loss);
    return (output, target) => mean(output, (p, at) => Number(p > threshold === target[at] > 0.5));
  });
}

/** The options of {@link topK}. */
export interface TopKOptions<Name extends string> extends Named<Name> {
  /** The number of classes that are accepted. */
  readonly k: number;
}

/**
 * The fraction of outputs whose correct class is among the `k` most probable classes. Classes with equal probabilities are
 * ranked by their index, so `k` of 1 is the accuracy (scikit-learn's top_k_accuracy_score ranks them in reverse). The
 * default name is `top3` for a k of 3.
 * @throws OptionError for an unknown option or an invalid value
 */
export function topK<const Name extends string = `top${number}`>(
  options: TopKOptions<Name>,
): Metric<number, NoInfer<Name>> {
  const { k, name } = checkOptions('topK', options, { k: positiveInteger, name: nameOption });
  const score: Score = (output, target) => {
    const right = classOf(target);
    let before = 0;
    for (let i = 0; i < output.length; i++) {
      if (output[i] > output[right] || (output[i] === output[right] && i < right)) before++;
    }
    return Number(before < k);
  };
  return meanOf((name ?? `top${k}`) as Name, ['classes'], () => score);
}

/**
 * The exponential of the mean cross entropy, which is the effective number of equally likely classes (Jelinek et al. 1977).
 * @throws OptionError for an unknown option
 */
export function perplexity<const Name extends string = 'perplexity'>(
  options?: Named<Name>,
): Metric<number, NoInfer<Name>> {
  // The smallest positive float32 number replaces probabilities that were rounded to 0.
  const surprise = (p: number) => -Math.log(Math.max(p, 1e-45));
  return meanOf(
    named('perplexity', options),
    ['classes'],
    (loss) => (output, target) => {
      const probabilities = classProbabilities(output, loss);
      if (target.length === 1) return surprise(probabilities[target[0]]);
      return target.reduce((sum, share, at) => sum + share * surprise(probabilities[at]), 0);
    },
    Math.exp,
  );
}

/**
 * The root of the mean squared error.
 * @throws OptionError for an unknown option
 */
export function rmse<const Name extends string = 'rmse'>(
  options?: Named<Name>,
): Metric<number, NoInfer<Name>> {
  const score: Score = (output, target) => mean(output, (y, at) => (y - target[at]) ** 2);
  return meanOf(named('rmse', options), ['numbers'], () => score, Math.sqrt);
}

/**
 * The mean absolute error.
 * @throws OptionError for an unknown option
 */
export function mae<const Name extends string = 'mae'>(options?: Named<Name>): Metric<number, NoInfer<Name>> {
  const score: Score = (output, target) => mean(output, (y, at) => Math.abs(y - target[at]));
  return meanOf(named('mae', options), ['numbers'], () => score);
}

function mean(values: Row, of: (value: number, at: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i], i);
  return sum / values.length;
}
