/* What several layers of Keras have in common. */
import type { NDArray, SignalShape } from '@recurra/core';
import { batchShape } from '../ports.js';
import type { Config } from './config.js';
import type { RequestedWeight, WeightFile, WeightLocation } from './weights.js';

/** The rank of the input, including the batch. */
export function rankOf(shape: SignalShape): number {
  return batchShape(shape).length;
}

export function kernelAndBias(
  config: Config,
  shape: readonly number[],
  location: WeightLocation,
  file: WeightFile,
): { kernel: NDArray; bias?: NDArray } {
  const requested: RequestedWeight[] = [{ name: 'kernel', shape }];
  if (config.boolean('use_bias', true)) requested.push({ name: 'bias', shape: [shape[shape.length - 1]] });
  const [kernel, bias] = file.take(location, requested);
  return { kernel, ...(bias && { bias }) };
}

/** gamma and beta of a normalisation: ones and zeros if it has none. */
export function scaleAndCenter(
  config: Config,
  features: number,
  take: (wanted: readonly RequestedWeight[]) => NDArray[],
): { gamma: NDArray; beta: NDArray } {
  const scale = config.boolean('scale', true);
  const center = config.boolean('center', true);
  const names = [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])];
  const found = take(names.map((name) => ({ name, shape: [features] })));
  const constant = (value: number) => ({ data: new Float32Array(features).fill(value), shape: [features] });
  const gamma = scale ? (found.shift() as NDArray) : constant(1);
  const beta = center ? (found.shift() as NDArray) : constant(0);
  return { gamma, beta };
}
