import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { missing } from './missing.js';

export function matmul(context: Context): Pick<Operations, 'matmul'> {
  return {
    // y[i, j] = Σ a[i, k] · b[k, j]. With transposeA, a has the shape [k, m]; with transposeB, b has the
    // shape [n, k]. Both may also be stacks with the same number of matrices: a [s, m, k], b [s, k, n], y [s,
    // m, n]. Transposing leaves s in front. m, n or k may be 0; with k = 0 every element is 0. Start with
    // three plain loops; most of the time will be spent here.
    matmul: (a, b, transposeA, transposeB) => missing(context, 'matmul', { a, b, transposeA, transposeB }),
  };
}
