import type { Tensor } from '@recurra/core';
import { broadcastShape, sizeOf } from '@recurra/core/backend';
import { checkSize, Value } from '../value.js';
import type { Operator } from './operator.js';
import { batchIndices, productSizes } from './product-sizes.js';

export const Gemm: Operator = {
  attributes: ['alpha', 'beta', 'transA', 'transB'],
  run(call) {
    const { tape } = call;
    const { attributes } = call;
    const dtype = call.commonFloatType();
    const [a, b] = [call.float(0), call.float(1)];
    if (a.shape.length !== 2 || b.shape.length !== 2)
      call.fail(`the inputs must be matrices, not [${a.shape}] and [${b.shape}]`);
    const transposeA = attributes.int('transA', 0) !== 0;
    const transposeB = attributes.int('transB', 0) !== 0;
    checkSize(tape, [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]], call.label);
    const product = tape.matmul(a, b, { transposeA, transposeB });
    const alpha = attributes.float('alpha', 1);
    const beta = attributes.float('beta', 1);
    const scaled = (x: Tensor, by: number) => (by === 1 ? x : tape.affine(x, by));
    const y = scaled(product, alpha);
    if (!call.inputs[2]) return [Value.onBackend(tape, y, y.shape, dtype)];
    const c = call.float(2);
    if (broadcastShape(y.shape, c.shape)?.join() !== y.shape.join())
      call.fail(`C [${c.shape}] does not broadcast to [${y.shape}]`);
    return [Value.onBackend(tape, tape.add(y, scaled(c, beta)), y.shape, dtype)];
  },
};

export const MatMul: Operator = {
  run(call) {
    const { tape } = call;
    const dtype = call.commonFloatType();
    const [a, b] = [call.input(0).shape, call.input(1).shape];
    const { batch, m, k, n, shape } = productSizes(call);
    const [x, w] = [call.float(0), call.float(1)];
    // With one matrix on the right, all rows of all matrices on the left are one product.
    if (sizeOf(b.slice(0, -2)) === 1 && sizeOf(batch) === sizeOf(a.slice(0, -2))) {
      const rows = tape.reshape(x, [sizeOf(batch) * m, k]);
      return [Value.onBackend(tape, tape.matmul(rows, tape.reshape(w, [k, n])), shape, dtype)];
    }
    if (sizeOf(batch) === 0) return [Value.onBackend(tape, tape.fill([0, m, n], 0), shape, dtype)];
    /** One matrix for each of the batch. */
    const repeated = (side: Tensor, own: readonly number[], size: number) => {
      const count = sizeOf(own.slice(0, -2));
      if (count === sizeOf(batch)) return side;
      const indices = batchIndices(batch, own.slice(0, -2));
      return tape.gather(tape.reshape(side, [count, size]), tape.constant(indices, [indices.length]));
    };
    const left = tape.reshape(repeated(x, a, m * k), [sizeOf(batch), m, k]);
    const right = tape.reshape(repeated(w, b, k * n), [sizeOf(batch), k, n]);
    return [Value.onBackend(tape, tape.matmul(left, right), shape, dtype)];
  },
};
