import { sizeOf } from '../contract/tensor.js';
import type { Batch } from '../data/batches.js';
import type { InputBatch } from '../data/inputs.js';
import { checkNames } from '../data/named-inputs.js';
import type { ArrayInput } from '../data/ndarray.js';
import { DataError } from '../errors.js';
import type { EncodedTargets, TargetLayout } from '../losses/targets.js';
import type { Architecture } from '../model/architecture.js';
import type { OutputSizes, Window } from './forward-window.js';
import type { OutputLoss } from './losses.js';

/**
 * A batch cut along time into windows of at most `size` steps; one window of all of it where `size` is undefined. An
 * output that is not a sequence has targets in the last window only.
 */
export function windowsOf(
  batch: Batch,
  losses: readonly OutputLoss[],
  model: Architecture,
  size: number | undefined,
): Window[] {
  const encode = (output: OutputLoss, layout: Pick<TargetLayout, 'time' | 'features' | 'lengths'>) =>
    output.loss.encode(targetRows(batch, losses, output, model.isChain), {
      batch: batch.size,
      ...layout,
      weights: batch.weights,
      indices: batch.indices,
    });
  const encodeLike = (output: OutputLoss, { value: { shape }, lengths }: OutputSizes) => {
    const sequence = shape.length === 3;
    return encode(output, {
      time: sequence ? shape[0] : undefined,
      features: shape[shape.length - 1],
      lengths: sequence ? lengths?.rows : undefined,
    });
  };
  const { time: T, lengths } = size === undefined ? { time: 0 } : commonTime(batch.inputs);
  if (size === undefined || size >= T) {
    const targets = (outputs: Readonly<Record<string, OutputSizes>>) =>
      named(
        losses.filter(({ name }) => outputs[name]),
        (output) => encodeLike(output, outputs[output.name]),
      );
    return [{ inputs: batch.inputs, rows: batch.size, targets }];
  }

  /** The targets of all windows of an output that is a sequence. */
  const whole = new Map<string, EncodedTargets>();
  return Array.from({ length: Math.ceil(T / size) }, (_, i) => {
    const from = i * size;
    const to = Math.min(from + size, T);
    const due = losses.filter(({ name }) => 'time' in model.outputs[name].shape || to === T);
    return {
      inputs: Object.fromEntries(
        Object.entries(batch.inputs).map(([name, input]) => [name, cutInput(input, from, to)]),
      ),
      rows: batch.size,
      targets(outputs) {
        const wanted = due.filter(({ name }) => outputs[name]);
        if (wanted.length === 0) return undefined;
        return named(wanted, (output) => {
          const { shape } = model.outputs[output.name];
          if (shape.kind !== 'sequence') return encodeLike(output, outputs[output.name]);
          const all =
            whole.get(output.name) ?? encode(output, { time: T, features: shape.features, lengths });
          whole.set(output.name, all);
          return cutTargets(all, from * batch.size, to * batch.size);
        });
      },
    };
  });
}

/** The targets of an output, one a sample. @throws DataError for an output that does not exist, or has no target */
function targetRows(
  { ys, indices }: Batch,
  losses: readonly OutputLoss[],
  { name }: OutputLoss,
  isChain: boolean,
): readonly ArrayInput[] {
  if (isChain) return ys as readonly ArrayInput[];
  const names = losses.map((output) => output.name);
  return ys.map((y, row) => {
    checkNames(`sample ${indices[row]}: y`, y, names);
    return y[name];
  });
}

function named<Value>(
  losses: readonly OutputLoss[],
  of: (output: OutputLoss) => Value,
): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const output of losses) values[output.name] = of(output);
  return values;
}

/** The steps of a batch. @throws DataError where its inputs do not have the same */
function commonTime(inputs: Readonly<Record<string, InputBatch>>): {
  time: number;
  lengths?: readonly number[];
} {
  const [[first, { shape, lengths }], ...others] = Object.entries(inputs);
  for (const [name, other] of others) {
    if (other.shape[0] === shape[0] && String(other.lengths) === String(lengths)) continue;
    throw new DataError(
      `bptt: the inputs ${first} and ${name} must have the same steps to be cut into windows together`,
    );
  }
  return { time: shape[0], lengths };
}

/** Steps `from` to `to` of an input. */
export function cutInput({ x, shape, lengths }: InputBatch, from: number, to: number): InputBatch {
  const [, ...rest] = shape;
  const row = sizeOf(rest);
  return {
    x: x.subarray(from * row, to * row),
    shape: [to - from, ...rest],
    lengths: lengths?.map((length) => Math.max(0, Math.min(length, to) - from)),
  };
}

/** Rows `from` to `to` of targets. */
export function cutTargets(encoded: EncodedTargets, from: number, to: number): EncodedTargets {
  const { targets, shape, weights, sampleWeights } = encoded;
  const [, ...rest] = shape;
  const width = sizeOf(rest);
  return {
    targets: targets.subarray(from * width, to * width),
    shape: [to - from, ...rest],
    weights: weights.subarray(from, to),
    sampleWeights: sampleWeights?.subarray(from, to),
  };
}
