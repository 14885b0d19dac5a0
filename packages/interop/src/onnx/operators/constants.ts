import { DataError, FormatError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { dtypeName, dtypeOf, type HostData, isFloat } from '../dtypes.js';
import type { GraphNode } from '../graph.js';
import { checkIndices, taken } from '../movement.js';
import { type HostArray, readTensor } from '../tensor-proto.js';
import { allocate, isBig, Value } from '../value.js';
import type { Operator } from './operator.js';

/** Operators that make constants and indices, and use them. */
export const constants: Readonly<Record<string, Operator>> = {
  Constant: {
    attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
    refuses: (node) => {
      constantOf(node);
      return undefined;
    },
    run: (call) => [Value.onHost(call.tape, constantOf(call.node))],
  },

  ConstantOfShape: {
    attributes: ['value'],
    async run(call) {
      const shape = (await call.ints(0)) ?? call.fail('the shape is missing');
      if (shape.some((size) => size < 0)) call.fail(`the shape [${shape}] is negative`);
      const value = call.node.attributes.tensor('value');
      const one = value && readTensor(value, `${call.node.label}: value`);
      if (one && sizeOf(one.shape) !== 1) call.fail(`value must be one number, not [${one.shape}]`);
      const dtype = one?.dtype ?? 'float32';
      const data = allocate(call.tape, dtype, shape, call.node.label);
      data.fill((one?.data[0] ?? 0) as never);
      return [Value.onHost(call.tape, { dtype, shape, data })];
    },
  },

  Shape: {
    attributes: ['end', 'start'],
    run(call) {
      const { shape } = call.input(0);
      const { attributes } = call.node;
      const sizes = shape.slice(attributes.int('start', 0), attributes.int('end', shape.length));
      const data = BigInt64Array.from(sizes, BigInt);
      return [Value.onHost(call.tape, { dtype: 'int64', shape: [data.length], data })];
    },
  },

  Gather: {
    attributes: ['axis'],
    async run(call) {
      const [x, which] = [call.input(0), call.input(1)];
      const axis = call.axis(call.node.attributes.int('axis', 0), x.shape.length);
      if (isFloat(which.dtype)) call.fail(`indices must be whole numbers, not ${which.dtype}`);
      const indices = Array.from((await which.data()) as ArrayLike<number | bigint>, Number);
      const valid = checkIndices(indices, x.shape[axis], call.node.label);
      return [await taken(call.tape, x, axis, valid, which.shape)];
    },
  },

  Cast: {
    attributes: ['saturate', 'to'],
    refuses: ({ attributes }) => {
      const code = attributes.int('to', 0);
      return dtypeOf(code) ? undefined : `a cast to ${dtypeName(code)}`;
    },
    async run(call) {
      const x = call.input(0);
      const dtype = dtypeOf(call.node.attributes.int('to', 0)) ?? x.dtype;
      if (isFloat(dtype) && isFloat(x.dtype)) return [x.as(call.tape, dtype)];
      const from = await x.data();
      const data = allocate(call.tape, dtype, x.shape, call.node.label);
      for (let i = 0; i < from.length; i++) {
        const value = from[i];
        if (dtype === 'bool') data[i] = Number(value) === 0 ? 0 : 1;
        else if (isFloat(dtype)) data[i] = Number(value);
        else data[i] = toWhole(value, data, call.node.label);
      }
      return [Value.onHost(call.tape, { dtype, shape: x.shape, data })];
    },
  },
};

/** Cut towards zero, and to the bits there are. */
function toWhole(value: number | bigint, into: HostData, what: string): number | bigint {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new DataError(`${what}: ${value} is no whole number`);
  const whole = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  return isBig(into) ? whole : Number(BigInt.asIntN(8 * into.BYTES_PER_ELEMENT, whole));
}

/** What a Constant node has. @throws FormatError where it has nothing */
export function constantOf({ attributes, label }: GraphNode): HostArray {
  const value = attributes.tensor('value');
  if (value) return readTensor(value, `${label}: value`);
  const floats = attributes.floats('value_floats') ?? one(attributes.float('value_float'));
  const scalar = attributes.has('value_float') || attributes.has('value_int');
  const shape = (length: number) => (scalar ? [] : [length]);
  if (floats)
    return {
      dtype: 'float32',
      shape: shape(floats.length),
      data: Float32Array.from(floats),
    };
  const ints = attributes.ints('value_ints') ?? one(attributes.int('value_int'));
  if (ints) return { dtype: 'int64', shape: shape(ints.length), data: BigInt64Array.from(ints, BigInt) };
  throw new FormatError(`${label}: it has no value`);
}

function one<T>(value: T | undefined): T[] | undefined {
  return value === undefined ? undefined : [value];
}
