import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** A matrix in memory, with the stride of its rows as they are stored. */
export interface Matrix {
  readonly address: number;
  readonly rowStride: number;
  readonly transposed?: boolean;
}

/** The product of two matrices, or of two stacks with the same number of matrices. */
export function matmul(context: Context): Pick<Operations, 'matmul'> {
  const { addressOf, create } = context;
  return {
    matmul(a, b, transposeA, transposeB) {
      const rank = a.shape.length;
      const leading = a.shape.slice(0, rank - 2);
      const [aRows, aColumns] = [a.shape[rank - 2], a.shape[rank - 1]];
      const [bRows, bColumns] = [b.shape[rank - 2], b.shape[rank - 1]];
      const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
      const n = transposeB ? bRows : bColumns;
      const left = { address: addressOf(a), rowStride: aColumns, transposed: transposeA };
      const right = { address: addressOf(b), rowStride: bColumns, transposed: transposeB };
      const c = create([...leading, m, n]);
      const result = { address: addressOf(c), rowStride: n };
      const matrices = leading.length > 0 ? leading[0] : 1;
      for (let matrix = 0; matrix < matrices; matrix++) {
        product(context, left, right, result, [m, n, k]);
        left.address += m * k * BYTES;
        right.address += k * n * BYTES;
        result.address += m * n * BYTES;
      }
      return c;
    },
  };
}

/** C [m, n] = A [m, k] · B [k, n], or C + A · B. */
export function product(
  { kernels, workspace }: Context,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  [m, n, k]: readonly [m: number, n: number, k: number],
  accumulate = false,
): void {
  kernels.matmul(
    a.address,
    a.rowStride,
    a.transposed === true,
    b.address,
    b.rowStride,
    b.transposed === true,
    c.address,
    c.rowStride,
    m,
    n,
    k,
    accumulate,
    workspace,
  );
}
