import { OptionError } from '../errors.js';
import { checkOptions } from '../options.js';
import { nameOption } from './means.js';
import type { Metric, Named } from './metric.js';
import { argmax, classOf, eachRow, targetKindOf, thresholdOf } from './rows.js';

/**
 * The confusion matrix: `matrix[target][predicted]` is the sum of the weights of the samples with this target and prediction,
 * as in scikit-learn's confusion_matrix. For classes, and for a single label (classes 0 and 1). It is `[]` before any
 * output was counted.
 * @throws OptionError for an unknown option; the measurement throws one for several labels
 */
export function confusionMatrix<const Name extends string = 'confusionMatrix'>(
  options: Named<Name> = {},
): Metric<number[][], NoInfer<Name>> {
  const { name = 'confusionMatrix' } = checkOptions('confusionMatrix', options, { name: nameOption });
  return {
    name: name as Name,
    targetKinds: ['classes', 'labels'],
    start(loss) {
      let matrix: number[][] = [];
      return {
        update(output, targets) {
          const features = output.shape[output.shape.length - 1];
          const labels = targetKindOf(loss, targets, features) === 'labels';
          if (labels && features > 1)
            throw new OptionError(
              `confusionMatrix is for one label or for classes, not for ${features} labels`,
            );
          const classes = labels ? 2 : features;
          if (matrix.length === 0)
            matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
          const threshold = thresholdOf(loss);
          eachRow(output, targets, (row, target, weight) => {
            const [predicted, right] = labels
              ? [Number(row[0] > threshold), Number(target[0] > 0.5)]
              : [argmax(row), classOf(target)];
            matrix[right][predicted] += weight;
          });
        },
        value: () => matrix.map((row) => [...row]),
      };
    },
  };
}
