import { type Shape, type Tape, type Tensor, UnsupportedError } from '@recurra/core';
import { broadcastShape, sizeOf } from '@recurra/core/backend';
import { type ExactDtype, isFloat } from '../dtypes.js';
import { transposed } from '../movement.js';
import { allocate, backendShape, store, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

export const Softmax: Operator = softmax((tape, x) => tape.softmax(x));
export const LogSoftmax: Operator = softmax((tape, x) => tape.logSoftmax(x));

export const ReduceMean: Operator = reduction(
  (tape, x, axes) => tape.mean(x, axes),
  (xs) => sum(xs) / BigInt(xs.length),
);
export const ReduceSum: Operator = reduction((tape, x, axes) => tape.sum(x, axes), sum);
export const ReduceMax: Operator = reduction((tape, x, axes) => tape.max(x, axes), largest);

export const LayerNormalization: Operator = {
  attributes: ['axis', 'epsilon', 'stash_type'],
  run(call) {
    const { tape } = call;
    const { shape } = call.input(0);
    const dtype = call.floatType(0);
    const { attributes } = call;
    const axis = call.axis(attributes.int('axis', -1), shape.length);
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
    const x = tape.reshape(call.float(0), [outer, inner]);
    const mean = tape.mean(x, [1]);
    const centred = tape.sub(x, mean);
    const variance = tape.mean(tape.mul(centred, centred), [1]);
    const deviation = tape.sqrt(tape.affine(variance, 1, attributes.float('epsilon', 1e-5)));
    const normal = tape.reshape(tape.div(centred, deviation), backendShape(shape));
    for (const index of [1, 2]) {
      const own = call.inputs[index]?.shape ?? [];
      if (broadcastShape(shape, own)?.join() !== shape.join())
        call.fail(`[${own}] does not broadcast to [${shape}]`);
    }
    const scaled = tape.mul(normal, call.float(1));
    const y = call.inputs[2] ? tape.add(scaled, call.float(2)) : scaled;
    const reduced = shape.map((size, at) => (at < axis ? size : 1));
    return [
      Value.onBackend(tape, y, shape, dtype),
      // `stash_type`: only float32 is known to ONNX.
      Value.onBackend(tape, mean, reduced, 'float32'),
      Value.onBackend(tape, tape.div(tape.fill([1], 1), deviation), reduced, 'float32'),
    ];
  },
};

/** Only inference: with the running mean and variance. */
export const BatchNormalization: Operator = {
  attributes: ['epsilon', 'momentum', 'spatial', 'training_mode'],
  unsupported: ({ attributes, outputs }) => {
    if (attributes.int('training_mode', 0) !== 0 || outputs.slice(1).some((name) => name !== undefined))
      return 'training mode';
    return attributes.int('spatial', 1) === 1 ? undefined : 'spatial 0';
  },
  run(call) {
    const { tape } = call;
    const { shape } = call.input(0);
    const dtype = call.floatType(0);
    const [, C = 1] = shape;
    const vector = (index: number) => {
      const own = call.input(index).shape;
      if (own.length !== 1 || own[0] !== C) call.fail(`input ${index} must be [${C}], not [${own}]`);
      return tape.reshape(call.float(index), [C, ...shape.slice(2).map(() => 1)]);
    };
    const [scale, bias, mean, variance] = [vector(1), vector(2), vector(3), vector(4)];
    const deviation = tape.sqrt(tape.affine(variance, 1, call.attributes.float('epsilon', 1e-5)));
    const y = tape.add(tape.mul(tape.sub(call.float(0), mean), tape.div(scale, deviation)), bias);
    return [Value.onBackend(tape, y, shape, dtype)];
  },
};

export const Dropout: Operator = {
  attributes: ['ratio', 'seed'],
  async run(call) {
    const x = call.input(0);
    if ((await call.ints(2))?.[0]) {
      throw new UnsupportedError(`${call.label}: training mode is on; only inference is supported`);
    }
    const data = new Uint8Array(sizeOf(x.shape)).fill(1);
    return [x, Value.onHost(call.tape, { dtype: 'bool', shape: x.shape, data })];
  },
};

function largest(xs: readonly bigint[]): bigint {
  let most = xs[0];
  for (const x of xs) if (x > most) most = x;
  return most;
}

function sum(xs: readonly bigint[]): bigint {
  return xs.reduce((total, x) => total + x, 0n);
}

/**
 * Reduces the axes in the attribute (in later opsets, the input) `axes`, or all axes if there is none. Integers are reduced
 * on the host, exactly.
 */
function reduction(
  over: (tape: Tape, x: Tensor, axes: readonly number[]) => Tensor,
  integer: (xs: readonly bigint[]) => bigint,
): Operator {
  return {
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    async run(call) {
      const x = call.input(0);
      const { shape } = x;
      const { attributes } = call;
      const listed = attributes.ints('axes') ?? (await call.ints(1)) ?? [];
      if (listed.length === 0 && attributes.int('noop_with_empty_axes', 0) === 1) return [call.input(0)];
      const all = listed.length > 0 ? listed.map((axis) => call.axis(axis, shape.length)) : [...shape.keys()];
      const axes = [...new Set(all)];
      const keep = attributes.int('keepdims', 1) !== 0;
      const reduced = shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
      if (!isFloat(x.dtype)) return [await reducedExactly(call, x, x.dtype, axes, reduced, integer)];
      const result = shape.length === 0 ? call.float(0) : over(call.tape, call.float(0), axes);
      return [Value.onBackend(call.tape, result, reduced, x.dtype)];
    },
  };
}

async function reducedExactly(
  call: Call,
  x: Value,
  dtype: ExactDtype,
  axes: readonly number[],
  shape: Shape,
  integer: (xs: readonly bigint[]) => bigint,
): Promise<Value> {
  const { tape, node } = call;
  const rest = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const from = await (await transposed(tape, x, [...rest, ...axes])).data();
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  if (count === 0 && node.type !== 'ReduceSum') call.fail(`[${x.shape}] has no elements to reduce`);
  const data = allocate(tape, dtype, shape, node.label);
  for (let i = 0; i < data.length; i++) {
    const xs = Array.from(from.subarray(i * count, (i + 1) * count), BigInt);
    store(data, i, integer(xs));
  }
  return Value.onHost(tape, { dtype, shape, data });
}

/** Over one axis; before opset 13, over that axis and all after it. */
function softmax(over: (tape: Tape, x: Tensor) => Tensor): Operator {
  return {
    attributes: ['axis'],
    run(call) {
      const { shape } = call.input(0);
      const dtype = call.floatType(0);
      const { tape, opset } = call;
      const x = call.float(0);
      const axis = call.axis(call.attributes.int('axis', opset < 13 ? 1 : -1), Math.max(1, shape.length));
      if (opset < 13) {
        const matrix: Shape = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
        return [Value.onBackend(tape, over(tape, tape.reshape(x, matrix)), shape, dtype)];
      }
      return [Value.onBackend(tape, alongLast(call, x, axis, over), shape, dtype)];
    },
  };
}

function alongLast({ tape }: Call, x: Tensor, axis: number, over: (tape: Tape, x: Tensor) => Tensor): Tensor {
  const last = x.shape.length - 1;
  if (axis === last) return over(tape, x);
  const swap = x.shape.map((_, at) => (at === axis ? last : at === last ? axis : at));
  return tape.transpose(over(tape, tape.transpose(x, swap)), swap);
}
