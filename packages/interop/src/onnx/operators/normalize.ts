import { broadcastShape, type Shape, sizeOf, type Tape, type Tensor, UnsupportedError } from '@recurra/core';
import { backendShape, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

/** Operators over whole axes. */
export const normalize: Readonly<Record<string, Operator>> = {
  Softmax: softmax((tape, x) => tape.softmax(x)),
  LogSoftmax: softmax((tape, x) => tape.logSoftmax(x)),

  ReduceMean: reduction((tape, x, axes) => tape.mean(x, axes)),
  ReduceSum: reduction((tape, x, axes) => tape.sum(x, axes)),
  ReduceMax: reduction((tape, x, axes) => tape.max(x, axes)),

  LayerNormalization: {
    attributes: ['axis', 'epsilon', 'stash_type'],
    run(call) {
      const { tape } = call;
      const { shape, dtype } = call.input(0);
      const { attributes } = call.node;
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
        Value.onBackend(tape, mean, reduced),
        Value.onBackend(tape, tape.div(tape.fill([1], 1), deviation), reduced),
      ];
    },
  },

  Dropout: {
    attributes: ['ratio', 'seed'],
    async run(call) {
      const x = call.input(0);
      if ((await call.ints(2))?.[0]) {
        throw new UnsupportedError(`${call.node.label}: it is in training mode, and only inference is run`);
      }
      const data = new Uint8Array(sizeOf(x.shape)).fill(1);
      return [x, Value.onHost(call.tape, { dtype: 'bool', shape: x.shape, data })];
    },
  },
};

/** Over the axes that an attribute or, later, an input lists; over all where there is none. */
function reduction(over: (tape: Tape, x: Tensor, axes: readonly number[]) => Tensor): Operator {
  return {
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    async run(call) {
      const { shape, dtype } = call.input(0);
      const x = call.float(0);
      const { attributes } = call.node;
      const given = attributes.ints('axes') ?? (await call.ints(1)) ?? [];
      if (given.length === 0 && attributes.int('noop_with_empty_axes', 0) === 1) return [call.input(0)];
      const all = given.length > 0 ? given.map((axis) => call.axis(axis, shape.length)) : [...shape.keys()];
      const axes = [...new Set(all)];
      const keep = attributes.int('keepdims', 1) !== 0;
      const reduced = shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
      const result = shape.length === 0 ? x : over(call.tape, x, axes);
      return [Value.onBackend(call.tape, result, reduced, dtype)];
    },
  };
}

/** Over one axis; before opset 13, over all axes from that one on. */
function softmax(over: (tape: Tape, x: Tensor) => Tensor): Operator {
  return {
    attributes: ['axis'],
    run(call) {
      const { shape, dtype } = call.input(0);
      const { tape, opset } = call;
      const x = call.float(0);
      const axis = call.axis(
        call.node.attributes.int('axis', opset < 13 ? 1 : -1),
        Math.max(1, shape.length),
      );
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
