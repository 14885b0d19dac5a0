import { OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import { checkOptions, custom, oneOf, optional, wholeNumber } from '../options.js';
import { nameOption } from './means.js';
import type { Metric, MetricRun, Named } from './metric.js';
import { argmax, classOf, eachRow, targetKindOf, thresholdOf } from './rows.js';

/** The options of {@link precision}, {@link recall} and {@link f1}. */
export interface PrecisionRecallOptions<Name extends string = string> extends Named<Name> {
  /**
   * 'macro': the mean over all classes that occur in the targets or predictions; 'micro': computed from the counts of all
   * classes together. Default: the score of class 1 if there are two classes, otherwise 'macro'.
   */
  readonly average?: 'macro' | 'micro';
  /** Compute the score of this class only. */
  readonly class?: number;
  /** For labels: probabilities above the threshold are positive. Default 0.5. */
  readonly threshold?: number;
}

/** The numbers of correct predictions, predictions and targets of a class, as sums of sample weights. */
interface Counts {
  hits: number;
  predicted: number;
  actual: number;
}

const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);

/**
 * The precision: the fraction of the predictions of a class that are correct, or 0 without predictions. For classes, and for
 * labels: each output is then a class, and a single output has the classes 0 and 1. The definition is that of
 * scikit-learn's precision_score.
 * @throws OptionError for an unknown option or an invalid value
 */
export function precision<const Name extends string = 'precision'>(
  options: PrecisionRecallOptions<Name> = {},
): Metric<number, NoInfer<Name>> {
  return ofCounts('precision', options, ({ hits, predicted }) => share(hits, predicted));
}

/**
 * The recall: the fraction of the targets of a class that are predicted. Otherwise like {@link precision} (scikit-learn's
 * recall_score).
 * @throws OptionError for an unknown option or an invalid value
 */
export function recall<const Name extends string = 'recall'>(
  options: PrecisionRecallOptions<Name> = {},
): Metric<number, NoInfer<Name>> {
  return ofCounts('recall', options, ({ hits, actual }) => share(hits, actual));
}

/**
 * The F1 score: the harmonic mean of precision and recall (van Rijsbergen 1979). Otherwise like {@link precision}
 * (scikit-learn's f1_score).
 * @throws OptionError for an unknown option or an invalid value
 */
export function f1<const Name extends string = 'f1'>(
  options: PrecisionRecallOptions<Name> = {},
): Metric<number, NoInfer<Name>> {
  return ofCounts('f1', options, ({ hits, predicted, actual }) => share(2 * hits, predicted + actual));
}

function ofCounts<Name extends string>(
  own: string,
  options: PrecisionRecallOptions<Name>,
  score: (counts: Counts) => number,
): Metric<number, Name> {
  const checked = checkOptions(own, options, {
    name: nameOption,
    average: optional(oneOf('macro', 'micro')),
    class: optional(wholeNumber),
    threshold: optional(
      custom<number>('a number between 0 and 1', (x) => typeof x === 'number' && x > 0 && x < 1),
      0.5,
    ),
  });
  if (checked.average && checked.class !== undefined)
    throw new OptionError(`${own}: set either average or class, not both`);
  return {
    name: (checked.name ?? own) as Name,
    targetKinds: ['classes', 'labels'],
    start: (loss) => countingRun(own, loss, checked, score),
  };
}

function countingRun(
  own: string,
  loss: Loss,
  {
    average,
    class: only,
    threshold,
  }: Pick<PrecisionRecallOptions, 'average' | 'class'> & { threshold: number },
  score: (counts: Counts) => number,
): MetricRun {
  let counts: Counts[] = [];
  let severalLabels = false;
  const count = (predicted: number, actual: number, weight: number) => {
    counts[predicted].predicted += weight;
    counts[actual].actual += weight;
    if (predicted === actual) counts[actual].hits += weight;
  };
  return {
    update(output, targets) {
      const features = output.shape[output.shape.length - 1];
      const labels = targetKindOf(loss, targets, features) === 'labels';
      severalLabels = labels && features > 1;
      const classes = labels && features === 1 ? 2 : features;
      if (only !== undefined && only >= classes)
        throw new OptionError(`${own}: class must be from 0 to ${classes - 1}, not ${only}`);
      if (counts.length === 0)
        counts = Array.from({ length: classes }, () => ({ hits: 0, predicted: 0, actual: 0 }));
      const limit = thresholdOf(loss, threshold);
      eachRow(output, targets, (row, target, weight) => {
        if (!labels) count(argmax(row), classOf(target), weight);
        else if (features === 1) count(Number(row[0] > limit), Number(target[0] > 0.5), weight);
        else
          for (let i = 0; i < features; i++) {
            const [yes, right] = [row[i] > limit, target[i] > 0.5];
            if (yes) counts[i].predicted += weight;
            if (right) counts[i].actual += weight;
            if (yes && right) counts[i].hits += weight;
          }
      });
    },
    value() {
      const present = counts.filter(({ predicted, actual }) => predicted + actual > 0);
      if (present.length === 0) return Number.NaN;
      if (only !== undefined) return score(counts[only]);
      if (average === undefined && counts.length === 2 && !severalLabels) return score(counts[1]);
      if (average === 'micro') return score(present.reduce(sumOfCounts));
      const averaged = severalLabels ? counts : present;
      return averaged.reduce((sum, one) => sum + score(one), 0) / averaged.length;
    },
  };
}

function sumOfCounts(a: Counts, b: Counts): Counts {
  return {
    hits: a.hits + b.hits,
    predicted: a.predicted + b.predicted,
    actual: a.actual + b.actual,
  };
}
