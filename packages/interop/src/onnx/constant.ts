import { FormatError } from '@recurra/core';
import type { GraphNode } from './graph.js';
import { type HostArray, readTensor } from './tensor-proto.js';

/** The value of a Constant node. @throws FormatError if it has none */
export function constantOf({ attributes, label }: GraphNode): HostArray {
  const value = attributes.tensor('value');
  if (value) return readTensor(value, `${label}: value`);
  const floats = attributes.floats('value_floats') ?? listOf(attributes.float('value_float'));
  const scalar = attributes.has('value_float') || attributes.has('value_int');
  const shape = (length: number) => (scalar ? [] : [length]);
  if (floats)
    return {
      dtype: 'float32',
      shape: shape(floats.length),
      data: Float32Array.from(floats),
    };
  const ints = attributes.ints('value_ints') ?? listOf(attributes.int('value_int'));
  if (ints) return { dtype: 'int64', shape: shape(ints.length), data: BigInt64Array.from(ints, BigInt) };
  throw new FormatError(`${label}: the constant has no value`);
}

function listOf<T>(value: T | undefined): T[] | undefined {
  return value === undefined ? undefined : [value];
}
