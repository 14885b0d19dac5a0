import { type ArrayInput, type NDArray, toNDArray } from '../data/ndarray.js';

import { DataError, OptionError } from '../errors.js';
import { show } from '../options.js';
import { type EncodedTargets, encodeWeight, type TargetLayout } from './targets.js';

/** How label sequences are encoded. */
interface LabelRules {
  /** The class that stands for no label. */
  readonly blank: number;
  /** Leave out samples whose labels cannot be aligned with their frames; if false, they are an error. */
  readonly zeroInfinity: boolean;
}

/**
 * Encodes a list of labels for each sample: `targets` is [B, L], filled up with the blank, L at least 1; `weights` is [B].
 * The weight of a sample that is left out is 0 in the loss, but not in metrics.
 * @throws OptionError if the output is not a sequence, or `blank` is not one of its classes; DataError for invalid labels,
 *   or labels that cannot be aligned
 */
export function encodeLabelSequences(
  ys: readonly ArrayInput[],
  layout: TargetLayout,
  { blank, zeroInfinity }: LabelRules,
): EncodedTargets {
  const { batch, time, features, lengths } = layout;
  if (time === undefined)
    throw new OptionError(
      'ctc: the output must be a sequence, with the scores of the classes at every step (returnSequences: true)',
    );
  if (blank >= features)
    throw new OptionError(
      `ctc: blank must be one of the model's ${features} classes, from 0 to ${features - 1}, not ${blank}`,
    );
  const name = (row: number, part: 'y' | 'weight') => `sample ${layout.indices?.[row] ?? row}: ${part}`;
  const rows = ys.map((y, row) => checkLabels(y, name(row, 'y'), features, blank));
  const most = rows.reduce((longest, { length }) => Math.max(longest, length), 1);
  const targets = new Float64Array(batch * most).fill(blank);
  const weights = new Float64Array(batch);
  const sampleWeights = new Float64Array(batch);
  const frames = rows.map((_, row) => lengths?.[row] ?? time);
  const aligned = rows.map((labels, row) => framesNeeded(labels) <= frames[row]);
  let unaligned = 0;
  for (const [row, labels] of rows.entries()) {
    targets.set(labels, row * most);
    sampleWeights[row] = encodeWeight(layout.weights?.[row], undefined, name(row, 'weight')) as number;
    if (aligned[row]) weights[row] = sampleWeights[row];
    else if (sampleWeights[row] > 0) {
      if (!zeroInfinity)
        throw new DataError(
          `${name(row, 'y')} ${alignmentProblem(labels, frames[row])}; make the output longer, or leave such samples ` +
            'out of the loss with zeroInfinity: true',
        );
      unaligned++;
    }
  }
  return {
    targets,
    shape: [batch, most],
    weights,
    sampleWeights,
    sequences: { blank, frames, labels: rows.map(({ length }) => length), aligned },
    ...(zeroInfinity && { unaligned }),
  };
}

/** The smallest number of frames for these labels: one for each, and a blank between two equal ones. */
export function framesNeeded(labels: ArrayLike<number>): number {
  let needed = labels.length;
  for (let i = 1; i < labels.length; i++) if (labels[i] === labels[i - 1]) needed++;
  return needed;
}

/** Why labels cannot be aligned with so few frames, to follow their name. */
export function alignmentProblem(labels: ArrayLike<number>, frames: number): string {
  const needed = framesNeeded(labels);
  const repeats = needed - labels.length;
  const blanks = repeats > 0 ? ` and ${repeats} blank${repeats > 1 ? 's' : ''} between equal ones` : '';
  return `has ${labels.length} labels${blanks}, which need ${needed} frames, but the output has ${frames}`;
}

/** Returns the labels of a sample. @throws DataError if it is not a list of classes other than the blank */
export function checkLabels(y: ArrayInput, what: string, classes: number, blank: number): NDArray['data'] {
  const { data, shape } = toNDArray(y, what, ['label']);
  if (shape.length !== 1)
    throw new DataError(
      `${what} must be a list of labels, not ${shape.length === 0 ? show(data[0]) : `of shape ${show(shape)}`}`,
    );
  const wrong = data.findIndex(
    (label) => !(Number.isInteger(label) && label >= 0 && label < classes && label !== blank),
  );
  if (wrong < 0) return data;
  throw new DataError(
    `${what}[${wrong}] must be a label, a whole number from 0 to ${classes - 1} other than the blank ${blank}, not ${data[wrong]}`,
  );
}
