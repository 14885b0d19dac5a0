import type { Tensor } from '@recurra/core';
import { broadcastShape, sizeOf } from '@recurra/core/backend';
import { checkSize, Value } from '../value.js';
import type { Operator } from './operator.js';

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
    if (a.length === 0 || b.length === 0) call.fail('the inputs must not be scalars');
    const [m, k] = a.length === 1 ? [1, a[0]] : a.slice(-2);
    const [inner, n] = b.length === 1 ? [b[0], 1] : b.slice(-2);
    const batch = broadcastShape(a.slice(0, -2), b.slice(0, -2));
    if (k !== inner || !batch) return call.fail(`[${a}] and [${b}] cannot be multiplied`);
    const shape = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
    checkSize(tape, shape, call.label);
    checkSize(tape, batch, call.label);
    const [x, w] = [call.float(0), call.float(1)];
    const matrices = (side: Tensor, own: readonly number[], rows: number, columns: number) =>
      tape.reshape(side, [sizeOf(own.slice(0, -2)), rows, columns]);

    // With one matrix on the right, all rows of all matrices on the left are one product.
    if (sizeOf(b.slice(0, -2)) === 1 && sizeOf(batch) === sizeOf(a.slice(0, -2))) {
      const rows = tape.reshape(x, [sizeOf(batch) * m, k]);
      return [Value.onBackend(tape, tape.matmul(rows, tape.reshape(w, [k, n])), shape, dtype)];
    }
    const [left, right] = [matrices(x, a, m, k), matrices(w, b, k, n)];
    const products = batchIndices(batch, a.slice(0, -2)).map((at, i) => {
      const one = tape.reshape(tape.slice(left, [at, 0, 0], [1, m, k]), [m, k]);
      const other = batchIndices(batch, b.slice(0, -2))[i];
      return tape.matmul(one, tape.reshape(tape.slice(right, [other, 0, 0], [1, k, n]), [k, n]));
    });
    const all = products.length > 0 ? tape.concat(products, 0) : tape.fill([0, n], 0);
    return [Value.onBackend(tape, all, shape, dtype)];
  },
};

/** For each matrix of the broadcast batch: the index of the matrix in `own`. */
function batchIndices(batch: readonly number[], own: readonly number[]): number[] {
  return Array.from({ length: sizeOf(batch) }, (_, i) => {
    let rest = i;
    let index = 0;
    let stride = 1;
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const size = own[axis - batch.length + own.length] ?? 1;
      index += (size === 1 ? 0 : rest % batch[axis]) * stride;
      stride *= size;
      rest = Math.floor(rest / batch[axis]);
    }
    return index;
  });
}
