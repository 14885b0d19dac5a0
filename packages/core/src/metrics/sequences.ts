/* Metrics of sequences of classes. */
import type { NDArray } from '../data/ndarray.js';
import { collapse } from '../decoding/ctc-path.js';
import { OptionError, ShapeError } from '../errors.js';
import type { EncodedTargets, LabelSequences } from '../losses/targets.js';
import { boolean, checkOptions, custom, levenshtein, optional, show, wholeNumber } from '../options.js';
import { nameOption } from './means.js';
import type { Metric, Named } from './metric.js';
import { argmax, classOf } from './rows.js';

/** The predicted and the correct classes of a row. */
interface ClassSequences {
  readonly predicted: readonly number[];
  readonly right: readonly number[];
}

/** The sequences of a batch, step by step. Steps with a weight of 0 are left out; other weights are ignored. */
function sequencesOf(
  owner: string,
  { data, shape }: NDArray,
  { targets, weights, sampleWeights = weights }: EncodedTargets,
): ClassSequences[] {
  if (shape.length !== 3) throw new ShapeError(`${owner} measures sequences, and the output is [${shape}]`);
  const [time, batch, features] = shape;
  const width = targets.length / weights.length;
  return Array.from({ length: batch }, (_, row) => {
    const sequences = { predicted: [] as number[], right: [] as number[] };
    for (let n = row; n < time * batch; n += batch) {
      if (sampleWeights[n] === 0) continue;
      sequences.predicted.push(argmax(data.subarray(n * features, (n + 1) * features)));
      sequences.right.push(classOf(targets.subarray(n * width, (n + 1) * width)));
    }
    return sequences;
  });
}

/** The label sequences of a batch, decoded greedily. Samples with a weight of 0 are left out; other weights are ignored. */
function labelSequencesOf(
  { data, shape }: NDArray,
  { targets, shape: [batch, most], weights, sampleWeights = weights }: EncodedTargets,
  { blank, frames, labels }: LabelSequences,
): ClassSequences[] {
  const classes = shape[shape.length - 1];
  const frame = (row: number, t: number) => {
    const from = (t * batch + row) * classes;
    return data.subarray(from, from + classes);
  };
  return Array.from({ length: batch }, (_, row) => row)
    .filter((row) => sampleWeights[row] > 0)
    .map((row) => ({
      predicted: collapse(
        Array.from({ length: frames[row] }, (_, t) => argmax(frame(row, t))),
        blank,
      ).labels,
      right: Array.from(targets.subarray(row * most, row * most + labels[row])),
    }));
}

/** The options of {@link editDistance}. */
export interface EditDistanceOptions<Name extends string = string> extends Named<Name> {
  /**
   * Divide the edits of all sequences by the length of all targets. This is the error rate of words, phones or
   * characters. Default false.
   */
  readonly normalize?: boolean;
  /** The class that ends a sequence. It is not counted, nor are the steps after it. Default: none. */
  readonly end?: number;
}

/**
 * The mean edit distance between the sequence of the most probable classes and the targets: the number of classes to insert,
 * delete or replace (Levenshtein 1966). Steps whose label or sample weight is 0 are left out; other weights are ignored. For
 * the loss `ctc` it is the distance between the labels that {@link ctcGreedy} reads from the output and the targets.
 * @throws OptionError for an unknown option or an invalid value; the measurement throws a ShapeError for an output that is
 *   not a sequence
 */
export function editDistance<const Name extends string = 'editDistance'>(
  options: EditDistanceOptions<Name> = {},
): Metric<number, NoInfer<Name>> {
  const {
    name = 'editDistance',
    normalize,
    end,
  } = checkOptions('editDistance', options, {
    name: nameOption,
    normalize: optional(boolean, false),
    end: optional(wholeNumber),
  });
  const ended = (sequence: readonly number[]) => {
    const at = end === undefined ? -1 : sequence.indexOf(end);
    return at < 0 ? sequence : sequence.slice(0, at);
  };
  return {
    name: name as Name,
    mode: 'min',
    targetKinds: ['classes', 'labelSequence'],
    start(_loss, state) {
      let [edits, total] = (state ?? [0, 0]) as [number, number];
      return {
        update(output, targets) {
          const { sequences } = targets;
          const rows = sequences
            ? labelSequencesOf(output, targets, sequences)
            : sequencesOf('editDistance', output, targets).filter(({ right }) => right.length > 0);
          for (const { predicted, right } of rows) {
            const wanted = ended(right);
            edits += levenshtein(ended(predicted), wanted);
            total += normalize ? wanted.length : 1;
          }
        },
        value: () => edits / total,
        state: () => [edits, total],
      };
    },
  };
}

/** The options of {@link spanF1}. */
export interface SpanF1Options<Name extends string = string> extends Named<Name> {
  /** The tag of each class: `O`, `B-TYPE` or `I-TYPE`. */
  readonly labels: readonly string[];
}

/**
 * The F1 score of the spans of BIO tags (Ramshaw & Marcus 1995). A predicted span is correct if its type, start and end are
 * correct; all types are counted together. As in conlleval and in seqeval's default mode, a span starts at a `B`, and at an `I`
 * that does not follow a tag of its type. Steps whose label or sample weight is 0 are left out; other weights are ignored.
 * @throws OptionError for an invalid tag; the measurement throws one if there are not as many labels as classes, and a
 *   ShapeError for an output that is not a sequence
 */
export function spanF1<const Name extends string = 'spanF1'>(
  options: SpanF1Options<Name>,
): Metric<number, NoInfer<Name>> {
  const { name = 'spanF1', labels } = checkOptions('spanF1', options, {
    name: nameOption,
    labels: custom<readonly string[]>('a list with the tag of each class', Array.isArray),
  });
  for (const label of labels) {
    if (typeof label !== 'string' || !/^(O|[BI]-.+)$/.test(label))
      throw new OptionError(`spanF1: labels must be O, B-TYPE or I-TYPE, not ${show(label)}`);
  }
  return {
    name: name as Name,
    mode: 'max',
    targetKinds: ['classes'],
    start(_loss, state) {
      let [hits, spans, sequences] = (state ?? [0, 0, 0]) as [number, number, number];
      return {
        update(output, encoded) {
          const classes = output.shape[output.shape.length - 1];
          if (classes !== labels.length)
            throw new OptionError(
              `spanF1: there are ${labels.length} labels, and the model has ${classes} classes`,
            );
          for (const { predicted, right } of sequencesOf('spanF1', output, encoded)) {
            const [guesses, targets] = [predicted, right].map((sequence) => spansOf(sequence, labels));
            for (const span of guesses) if (targets.has(span)) hits++;
            spans += guesses.size + targets.size;
            if (right.length > 0) sequences++;
          }
        },
        value() {
          if (sequences === 0) return Number.NaN;
          return spans > 0 ? (2 * hits) / spans : 0;
        },
        state: () => [hits, spans, sequences],
      };
    },
  };
}

/** The spans of a sequence of tags: first step, last step and type of each. */
function spansOf(sequence: readonly number[], labels: readonly string[]): Set<string> {
  const spans = new Set<string>();
  let open: { readonly type: string; readonly from: number } | undefined;
  for (let t = 0; t <= sequence.length; t++) {
    const tag = t < sequence.length ? labels[sequence[t]] : 'O';
    const type = tag.slice(2);
    if (open && tag[0] === 'I' && type === open.type) continue;
    if (open) spans.add(`${open.from} ${t - 1} ${open.type}`);
    open = tag === 'O' ? undefined : { type, from: t };
  }
  return spans;
}
