import { sameShape } from '../contract/tensor.js';
import { type ArrayInput, toNDArray } from '../data/ndarray.js';
import type { Sample } from '../data/samples.js';
import { DataError } from '../errors.js';
import { isRecord, show } from '../options.js';

/** What the output of a batch looks like. */
export interface TargetLayout {
  readonly batch: number;
  /** Steps of the longest row, for an output at every step; absent: one output a sample. */
  readonly time?: number;
  /** F, the width of the output. */
  readonly features: number;
  /** Valid steps of each row; absent: `time`. */
  readonly lengths?: readonly number[];
  /** What each sample weighs, or each of its steps. Default 1. */
  readonly weights?: readonly Sample['weight'][];
  /** How messages call the rows. Default 0, 1, 2 … */
  readonly indices?: readonly number[];
}

/** Targets on the host, in rows as the prediction's: row t·B + b of a sequence, row b otherwise. */
export interface EncodedTargets {
  readonly targets: Float64Array;
  /** [N] for classes, else [N, F]. */
  readonly shape: readonly number[];
  /** [N]: how much each row counts in the loss; 0 for padding, else the sample's weight times that of its label. */
  readonly weights: Float64Array;
  /** [N]: how much each row counts in metrics; the sample's weight without that of its label, unless that is 0. Absent: `weights`. */
  readonly sampleWeights?: Float64Array;
}

/** What the target of one output must be, and what it weighs. */
export interface TargetRules {
  /** A target may be a class in place of F numbers. */
  readonly classes?: boolean;
  /** A class that counts nowhere; it is encoded as class 0 with a weight of 0. */
  readonly ignored?: number;
  /** What is wrong with a target (one class, or F numbers), in words; undefined where nothing is. */
  readonly problem?: (target: Float64Array, isClass: boolean) => string | undefined;
  /** Default 1. */
  readonly weightOf?: (target: Float64Array, isClass: boolean) => number;
}

/**
 * Puts the targets of a batch into rows and checks each. Targets of one output, or of one at every step, may be given
 * without that dimension of 1.
 * @throws DataError for a target or a weight that cannot be, naming sample and step, with what was given and what was expected
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
    if (!accepted.some((wanted) => sameShape(shape, wanted))) {
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

/** The same without the outputs where `mask` [N] is 0. */
export function withMask(encoded: EncodedTargets, mask: ArrayLike<number>): EncodedTargets {
  const masked = (weights: Float64Array) => weights.map((weight, n) => (mask[n] === 0 ? 0 : weight));
  const { weights, sampleWeights } = encoded;
  return { ...encoded, weights: masked(weights), sampleWeights: sampleWeights && masked(sampleWeights) };
}

/** One weight, or one for each of `steps`; undefined where there are no steps. */
function encodeWeight(
  given: Sample['weight'],
  steps: number | undefined,
  what: string,
): number | ArrayLike<number> {
  if (given === undefined) return 1;
  const { data, shape } = toNDArray(given, what, ['step']);
  const single = shape.length === 0;
  if (!single && !(shape.length === 1 && shape[0] === steps)) {
    const wanted = steps === undefined ? 'one number' : `one number, or one for each of ${steps} steps`;
    throw new DataError(`${what} must be ${wanted}, not ${describe(shape)}`);
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
