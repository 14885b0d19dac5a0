import type { NDArray } from '../data/ndarray.js';
import type { Loss } from '../losses/loss.js';
import type { EncodedTargets } from '../losses/targets.js';
import { checkOptions } from '../options.js';
import { nameOption } from './means.js';
import type { Metric, Named } from './metric.js';
import { classOf, classProbabilities, eachRow, type Row, targetKindOf } from './rows.js';

/** The score of an output for a class, and whether the class is correct. */
interface Scored {
  readonly score: number;
  readonly right: boolean;
  readonly weight: number;
}

/**
 * The area under the ROC curve: the probability that a positive sample has a higher score than a negative one, where ties
 * count half (Hanley & McNeil 1982). For one label, or for two classes, where class 1 is positive. For several labels, and for
 * more classes, each against the rest, it is the mean (scikit-learn's roc_auc_score with multi_class 'ovr'); a label without
 * both positive and negative samples is left out. NaN if none is left. All scores are stored during a measurement.
 * @throws OptionError for an unknown option
 */
export function auc<const Name extends string = 'auc'>(
  options: Named<Name> = {},
): Metric<number, NoInfer<Name>> {
  const { name = 'auc' } = checkOptions('auc', options, { name: nameOption });
  return {
    name: name as Name,
    targetKinds: ['classes', 'labels'],
    start(loss) {
      const byClass: Scored[][] = [];
      return {
        update: (output, targets) => collect(byClass, loss, output, targets),
        value() {
          const areas = byClass.map(areaUnderCurve).filter((area) => !Number.isNaN(area));
          return areas.reduce((sum, area) => sum + area, 0) / areas.length;
        },
      };
    },
  };
}

function collect(byClass: Scored[][], loss: Loss, output: NDArray, targets: EncodedTargets): void {
  const features = output.shape[output.shape.length - 1];
  const labels = targetKindOf(loss, targets, features) === 'labels';
  const add = (at: number, score: number, right: boolean, weight: number) => {
    byClass[at] ??= [];
    byClass[at].push({ score, right, weight });
  };
  // The softmax does not change the order of two classes, but its rounding can make ties.
  const ofTwo = (row: Row) => (loss.fromLogits ? row[1] - row[0] : row[1]);
  eachRow(output, targets, (row, target, weight) => {
    if (!labels && features === 2) return add(0, ofTwo(row), classOf(target) === 1, weight);
    const scores = labels ? row : classProbabilities(row, loss);
    for (let i = 0; i < features; i++)
      add(i, scores[i], labels ? target[i] > 0.5 : classOf(target) === i, weight);
  });
}

/** The Mann–Whitney statistic divided by the weights of all pairs; NaN without pairs. */
function areaUnderCurve(scored: readonly Scored[]): number {
  const sorted = [...scored].sort((a, b) => a.score - b.score);
  let below = 0;
  let positives = 0;
  let area = 0;
  for (let at = 0; at < sorted.length; ) {
    const { score } = sorted[at];
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (; at < sorted.length && sorted[at].score === score; at++) {
      if (sorted[at].right) tiedPositives += sorted[at].weight;
      else tiedNegatives += sorted[at].weight;
    }
    area += tiedPositives * (below + tiedNegatives / 2);
    below += tiedNegatives;
    positives += tiedPositives;
  }
  return area / (positives * below);
}
