import { sameShape } from '../contract/tensor.js';
import { type ArrayInput, toNDArray } from '../data/ndarray.js';
import type { Sample } from '../data/samples.js';
import { DataError, UnsupportedError } from '../errors.js';
import { isRecord, show } from '../options.js';

/** The shape of a batch's output, and the options for encoding its targets. */
export interface TargetLayout {
  readonly batch: number;
  /** The number of steps in the longest row; absent if each sample has one output, not one at every step. */
  readonly time?: number;
  /** F, the number of features of the output. */
  readonly features: number;
  /** The number of valid steps in each row. Default `time`. */
  readonly lengths?: readonly number[];
  /** The weight of each sample, or of each of its steps. Default 1. */
  readonly weights?: readonly Sample['weight'][];
  /** The numbers of the rows in messages. Default 0, 1, 2 … */
  readonly indices?: readonly number[];
}

/**
 * Encoded targets on the host. Their rows are ordered like the prediction's: row t·B + b in a sequence, row b
 * otherwise. Label sequences have one row for each sample, row b.
 */
export interface EncodedTargets {
  readonly targets: Float64Array;
  /** [N] for class indices, [N, L] for label sequences of at most L labels, otherwise [N, F]. */
  readonly shape: readonly number[];
  /** The weight of each row in the loss, [N]: 0 for padding, otherwise the sample's weight times the label's weight. */
  readonly weights: Float64Array;
  /**
   * The weight of each row in metrics, [N]: 0 if the label's weight is 0, otherwise the sample's weight. Default
   * `weights`.
   */
  readonly sampleWeights?: Float64Array;
  /** Present for label sequences. */
  readonly sequences?: LabelSequences;
  /** The number of samples that the loss leaves out, because their labels cannot be aligned; absent if none may be. */
  readonly unaligned?: number;
}

/** What belongs to the label sequence of each sample. */
export interface LabelSequences {
  /** The class that stands for no label. */
  readonly blank: number;
  /** The number of valid steps in each row of the output. */
  readonly frames: readonly number[];
  /** The number of labels of each sample. */
  readonly labels: readonly number[];
  /** Whether the labels of each sample can be aligned with its frames. */
  readonly aligned: readonly boolean[];
}

/** The rules for the target of one output: valid values, and weights. */
export interface TargetRules {
  /** True if a target may be a class index instead of F numbers. */
  readonly classes?: boolean;
  /** A class index that is not counted. It is encoded as class 0 with a weight of 0. */
  readonly ignored?: number;
  /**
   * Describes what is wrong with a target (a class index, or F numbers), for a message; undefined for a valid target.
   */
  readonly problem?: (target: Float64Array, isClass: boolean) => string | undefined;
  /** Returns the weight of a target. Default 1. */
  readonly weightOf?: (target: Float64Array, isClass: boolean) => number;
}

/**
 * Encodes the targets of a batch as rows and checks each of them. If the output has one feature, the targets may omit
 * the feature dimension.
 * @throws DataError for an invalid target or weight. The message names the sample, the step, the value and the expected
 *   form
 */
export function encodeTargets(
  ys: readonly ArrayInput[],
  layout: TargetLayout,
  rules: TargetRules = {},
): EncodedTargets {
  if (!Array.isArray(ys) || !isRecord(layout))
    throw new DataError('encodeTargets takes an array of targets and a layout');
  const { batch, time = 1, features, lengths } = layout;
  const perStep = layout.time !== undefined;
  const name = (row: number, part: 'y' | 'weight') => `sample ${layout.indices?.[row] ?? row}: ${part}`;
  const arrays = ys.map((y, row) => toNDArray(y, name(row, 'y'), perStep ? ['step'] : []));

  const isClass = rules.classes === true && arrays[0]?.shape.length === (perStep ? 1 : 0);
  const width = isClass ? 1 : features;
  const targets = new Float64Array(time * batch * width);
  const sampleWeights = new Float64Array(time * batch);
  const weights = rules.weightOf ? new Float64Array(time * batch) : sampleWeights;
  for (const [row, { data, shape }] of arrays.entries()) {
    const outputs = perStep ? [lengths?.[row] ?? time] : [];
    const accepted = isClass ? [outputs] : [[...outputs, features]];
    if (features === 1 && !rules.classes) accepted.push(outputs);
    if (!accepted.some((expected) => sameShape(shape, expected))) {
      throw new DataError(
        `${name(row, 'y')} must be ${accepted.map(describe).join(' or ')}, not ${describe(shape)}`,
      );
    }
    const weight = encodeWeight(layout.weights?.[row], perStep ? outputs[0] : undefined, name(row, 'weight'));
    for (let t = 0; t < data.length / width; t++) {
      const at = (t * batch + row) * width;
      if (isClass && rules.ignored === data[t]) continue;
      for (let i = 0; i < width; i++) targets[at + i] = data[t * width + i];
      const target = () => targets.subarray(at, at + width);
      const problem = rules.problem?.(target(), isClass);
      if (problem) throw new DataError(`${name(row, 'y')}${perStep ? ` at step ${t}` : ''} ${problem}`);
      const n = t * batch + row;
      sampleWeights[n] = typeof weight === 'number' ? weight : weight[t];
      if (!rules.weightOf) continue;
      weights[n] = sampleWeights[n] * rules.weightOf(target(), isClass);
      if (weights[n] === 0) sampleWeights[n] = 0;
    }
  }
  const shape = isClass ? [time * batch] : [time * batch, features];
  return { targets, shape, weights, ...(rules.weightOf && { sampleWeights }) };
}

/**
 * Sets the weights of the outputs to 0 where `mask` [N] is 0.
 * @throws UnsupportedError for label sequences
 */
export function withMask(encoded: EncodedTargets, mask: ArrayLike<number>): EncodedTargets {
  if (encoded.sequences)
    throw new UnsupportedError(
      'the targets are label sequences, which cannot skip masked steps; pass rows of unequal length instead of padding that is masked',
    );
  const masked = (weights: Float64Array) => weights.map((weight, n) => (mask[n] === 0 ? 0 : weight));
  const { weights, sampleWeights } = encoded;
  return { ...encoded, weights: masked(weights), sampleWeights: sampleWeights && masked(sampleWeights) };
}

/** Encodes a weight: one number, or one for each step. `steps` is undefined if there is one target for each sample. */
export function encodeWeight(
  weight: Sample['weight'],
  steps: number | undefined,
  what: string,
): number | ArrayLike<number> {
  if (weight === undefined) return 1;
  const { data, shape } = toNDArray(weight, what, ['step']);
  const single = shape.length === 0;
  if (!single && !(shape.length === 1 && shape[0] === steps)) {
    const expected = steps === undefined ? 'one number' : `one number, or one for each of ${steps} steps`;
    throw new DataError(`${what} must be ${expected}, not ${describe(shape)}`);
  }
  const negative = data.findIndex((weight) => weight < 0);
  if (negative >= 0) {
    const step = single ? '' : ` at step ${negative}`;
    throw new DataError(`${what}${step} must be 0 or more, not ${data[negative]}`);
  }
  return single ? data[0] : data;
}

function describe(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : `of shape ${show(shape)}`;
}
