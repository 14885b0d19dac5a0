import { sameShape } from '../contract/tensor.js';
import { type ArrayInput, toNDArray } from '../data/ndarray.js';
import { DataError } from '../errors.js';

/** What the output of a batch looks like. */
export interface TargetLayout {
  readonly batch: number;
  /** Steps of the longest row, for an output at every step; absent: one output a sample. */
  readonly time?: number;
  /** F, the width of the output. */
  readonly features: number;
  /** Valid steps of each row; absent: `time`. */
  readonly lengths?: readonly number[];
  /** How messages call the rows. Default 0, 1, 2 … */
  readonly indices?: readonly number[];
}

/** Targets on the host, in rows as the prediction's: row t·B + b of a sequence, row b otherwise. */
export interface EncodedTargets {
  readonly targets: Float64Array;
  /** [N] for classes, else [N, F]. */
  readonly shape: readonly number[];
  /** [N]: 0 for padding, else 1, or the weight of the row's label. */
  readonly weights: Float64Array;
}

/** What the target of one output must be, and what it weighs. */
export interface TargetRules {
  /** A target may be a class in place of F numbers. */
  readonly classes?: boolean;
  /** What is wrong with a target (one class, or F numbers), in words; undefined where nothing is. */
  readonly problem?: (target: Float64Array, isClass: boolean) => string | undefined;
  /** Default 1. */
  readonly weightOf?: (target: Float64Array, isClass: boolean) => number;
}

/**
 * Puts the targets of a batch into rows and checks each. Targets of one output, or of one at every step, may be given
 * without that dimension of 1.
 * @throws DataError, naming sample and step, with what was given and what was expected
 */
export function encodeTargets(
  ys: readonly ArrayInput[],
  layout: TargetLayout,
  rules: TargetRules = {},
): EncodedTargets {
  const { batch, time = 1, features, lengths } = layout;
  const perStep = layout.time !== undefined;
  const name = (row: number) => `sample ${layout.indices?.[row] ?? row}: y`;
  const arrays = ys.map((y, row) => toNDArray(y, name(row), perStep ? ['step'] : []));

  const isClass = rules.classes === true && arrays[0]?.shape.length === (perStep ? 1 : 0);
  const width = isClass ? 1 : features;
  const targets = new Float64Array(time * batch * width);
  const weights = new Float64Array(time * batch);
  for (const [row, { data, shape }] of arrays.entries()) {
    const outputs = perStep ? [lengths?.[row] ?? time] : [];
    const accepted = isClass ? [outputs] : [[...outputs, features]];
    if (features === 1 && !rules.classes) accepted.push(outputs);
    if (!accepted.some((wanted) => sameShape(shape, wanted))) {
      throw new DataError(
        `${name(row)} must be ${accepted.map(describe).join(' or ')}, not ${describe(shape)}`,
      );
    }
    for (let t = 0; t < data.length / width; t++) {
      const at = (t * batch + row) * width;
      for (let i = 0; i < width; i++) targets[at + i] = data[t * width + i];
      const target = () => targets.subarray(at, at + width);
      const problem = rules.problem?.(target(), isClass);
      if (problem) throw new DataError(`${name(row)}${perStep ? ` at step ${t}` : ''} ${problem}`);
      weights[t * batch + row] = rules.weightOf?.(target(), isClass) ?? 1;
    }
  }
  return { targets, shape: isClass ? [time * batch] : [time * batch, features], weights };
}

function describe(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : `of shape [${shape}]`;
}
