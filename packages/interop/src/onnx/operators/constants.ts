import { DataError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { constantOf } from '../constant.js';
import { dtypeName, dtypeOf, type HostData, isFloat } from '../dtypes.js';
import { checkIndices, taken } from '../movement.js';
import { readTensor } from '../tensor-proto.js';
import { allocate, isBig, Value } from '../value.js';
import type { Operator } from './operator.js';

export const Constant: Operator = {
  attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
  unsupported: (node) => {
    // Throws the reason.
    constantOf(node);
    return undefined;
  },
  run: (call) => [Value.onHost(call.tape, constantOf(call.node))],
};

export const ConstantOfShape: Operator = {
  attributes: ['value'],
  async run(call) {
    const shape = (await call.ints(0)) ?? call.fail('the shape is missing');
    if (shape.some((size) => size < 0)) call.fail(`the shape [${shape}] has a negative size`);
    const value = call.attributes.tensor('value');
    const one = value && readTensor(value, `${call.label}: value`);
    if (one && sizeOf(one.shape) !== 1) call.fail(`value must have one element, not shape [${one.shape}]`);
    const dtype = one?.dtype ?? 'float32';
    const data = allocate(call.tape, dtype, shape, call.label);
    const element = one?.data[0] ?? 0;
    for (let i = 0; i < data.length; i++) data[i] = element;
    return [Value.onHost(call.tape, { dtype, shape, data })];
  },
};

export const Shape: Operator = {
  attributes: ['end', 'start'],
  run(call) {
    const { shape } = call.input(0);
    const { attributes } = call;
    const sizes = shape.slice(attributes.int('start', 0), attributes.int('end', shape.length));
    const data = BigInt64Array.from(sizes, BigInt);
    return [Value.onHost(call.tape, { dtype: 'int64', shape: [data.length], data })];
  },
};

export const Gather: Operator = {
  attributes: ['axis'],
  async run(call) {
    const [x, which] = [call.input(0), call.input(1)];
    const axis = call.axis(call.attributes.int('axis', 0), x.shape.length);
    if (isFloat(which.dtype)) call.fail(`the indices must be integers, not ${which.dtype}`);
    const indices = Array.from((await which.data()) as ArrayLike<number | bigint>, Number);
    const valid = checkIndices(indices, x.shape[axis], call.label);
    return [await taken(call.tape, x, axis, valid, which.shape)];
  },
};

export const Cast: Operator = {
  attributes: ['saturate', 'to'],
  unsupported: ({ attributes }) => {
    const code = attributes.int('to', 0);
    return dtypeOf(code) ? undefined : `a cast to ${dtypeName(code)}`;
  },
  async run(call) {
    const x = call.input(0);
    const dtype = dtypeOf(call.attributes.int('to', 0)) ?? x.dtype;
    if (isFloat(dtype) && isFloat(x.dtype)) return [x.as(call.tape, dtype)];
    const from = await x.data();
    const data = allocate(call.tape, dtype, x.shape, call.label);
    for (let i = 0; i < from.length; i++) {
      const value = from[i];
      if (dtype === 'bool') data[i] = Number(value) === 0 ? 0 : 1;
      else if (isFloat(dtype)) data[i] = Number(value);
      else data[i] = toInteger(value, data, call.label);
    }
    return [Value.onHost(call.tape, { dtype, shape: x.shape, data })];
  },
};

/** Rounds towards zero, and truncates to the bits of the element type. */
function toInteger(value: number | bigint, target: HostData, what: string): number | bigint {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new DataError(`${what}: ${value} cannot be cast to an integer`);
  const whole = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  return isBig(target) ? whole : Number(BigInt.asIntN(8 * target.BYTES_PER_ELEMENT, whole));
}
