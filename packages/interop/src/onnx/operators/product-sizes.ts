/* The sizes of products of matrices, whose batches are broadcast. */
import { broadcastShape, sizeOf } from '@recurra/core/backend';
import { checkSize } from '../value.js';
import type { Call } from './operator.js';

/** The sizes of a product [.., m, k] · [.., k, n] of inputs 0 and 1, and its shape. @throws FormatError if they do not fit */
export function productSizes(call: Call) {
  const [a, b] = [call.input(0).shape, call.input(1).shape];
  if (a.length === 0 || b.length === 0) call.fail('the inputs must not be scalars');
  const [m, k] = a.length === 1 ? [1, a[0]] : a.slice(-2);
  const [inner, n] = b.length === 1 ? [b[0], 1] : b.slice(-2);
  const batch = broadcastShape(a.slice(0, -2), b.slice(0, -2));
  if (k !== inner || !batch) return call.fail(`[${a}] and [${b}] cannot be multiplied`);
  const shape = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  checkSize(call.tape, shape, call.label);
  checkSize(call.tape, batch, call.label);
  return { batch, m, k, n, shape };
}

/** For each matrix of the broadcast batch: the index of the matrix in `own`. */
export function batchIndices(batch: readonly number[], own: readonly number[]): number[] {
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
