import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';
import { missing } from './missing.js';

export function matmul(arrays: Arrays): Pick<Operations, 'matmul'> {
  return {
    // y[i, j] = Σ a[i, k] · b[k, j]. A transposed operand lies the other way round: a is then [k, m], b is [n, k].
    // m, n or k may be 0, and the sum over no k is 0. Three plain loops first: this is where most time goes later.
    matmul: (a, b, transposeA, transposeB) => missing(arrays, 'matmul', { a, b, transposeA, transposeB }),
  };
}
