/* The weights of a network to write: floating-point numbers and, of a quantised network, the int8 numbers that they stand for. */
import type { NDArray } from '@recurra/core';
import type { WrittenNetwork } from '../../model.js';

/** Int8 weights: an element is a whole number times the scale of its index on the axis. */
export interface Int8Weight {
  readonly data: Int8Array;
  readonly shape: readonly number[];
  readonly scales: Float32Array;
  readonly axis: number;
}

/** A weight as a layer has it. */
export interface WrittenWeight extends NDArray {
  /** Of a quantised network; undefined if the weight is float32. */
  readonly int8?: Int8Weight;
}

/** All weights of a network, by parameter name. */
export async function writtenWeights(network: WrittenNetwork): Promise<Record<string, WrittenWeight>> {
  const weights: Record<string, WrittenWeight> = await network.getWeights();
  const parameters = network.model.parameters();
  for (const [name, { data, scales, shape }] of network.int8?.matrices ?? []) {
    const axis = parameters.get(name)?.int8 === 'rows' ? 0 : shape.length - 1;
    weights[name] = { ...weights[name], int8: { data, scales, shape, axis } };
  }
  return weights;
}
