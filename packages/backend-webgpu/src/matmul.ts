import type { Tensor } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { type Operands, type ProductForm, productCode } from './product-code.js';
import { addPartsCode, BLOCK, TILE, type TiledProductForm, tiledProductCode } from './product-tiled.js';
import { elementWorkgroups, MAX_WORKGROUPS } from './wgsl.js';

/** A matrix in a tensor, as it is stored. */
export interface Matrix {
  readonly tensor: Tensor;
  /** Elements from the start of one stored row to the start of the next. */
  readonly rowStride: number;
  /** Elements from the start of one matrix of a stack to the start of the next. Default 0. */
  readonly stride?: number;
  /** The index of the first element in the tensor. Default 0. */
  readonly offset?: number;
  /** The transpose is stored. Default false. */
  readonly transposed?: boolean;
}

export interface Product {
  /** [m, n], written. */
  readonly c: Matrix;
  /** [m, k] */
  readonly a: Matrix;
  /** [k, n] */
  readonly b: Matrix;
  /** [n], added to each row. */
  readonly bias?: Tensor;
  /** WGSL of a function of each element y of the result, applied after the bias. Default: y itself. */
  readonly activation?: string;
  readonly size: readonly [m: number, n: number, k: number];
  /** The number of matrices in each operand. Default 1. */
  readonly matrices?: number;
}

/** The product of two matrices, or of two stacks with the same number of matrices. */
export function matmul(context: Context): Pick<Operations, 'matmul'> {
  return {
    matmul: (a, b, transposeA, transposeB) =>
      context.scoped(() => {
        const rank = a.shape.length;
        const leading = a.shape.slice(0, rank - 2);
        const [aRows, aColumns] = a.shape.slice(rank - 2);
        const [bRows, bColumns] = b.shape.slice(rank - 2);
        const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
        const n = transposeB ? bRows : bColumns;
        const c = context.create([...leading, m, n]);
        const matrices = leading.length > 0 ? leading[0] : 1;
        // One dispatch is enough, unless there are more matrices than the limit of workgroups along an axis.
        for (let first = 0; first < matrices; first += MAX_WORKGROUPS) {
          const stack = (tensor: Tensor, rowStride: number, stride: number, transposed = false): Matrix => ({
            ...{ tensor, rowStride, stride, transposed },
            offset: first * stride,
          });
          product(context, {
            c: stack(c, n, m * n),
            a: stack(a, aColumns, m * k, transposeA),
            b: stack(b, bColumns, k * n, transposeB),
            size: [m, n, k],
            matrices: Math.min(matrices - first, MAX_WORKGROUPS),
          });
        }
        return c;
      }),
  };
}

/**
 * With at least this many rows, a software adapter computes larger tiles: loads are slow there, and a larger tile has fewer for
 * each multiplication. With fewer rows, compiling such a kernel takes longer than it saves.
 */
const MANY_ROWS = 1024;
/** With more columns, its tiles are larger still. With fewer, there would be too few invocations for its cores. */
const MANY_COLUMNS = 64;

/** With fewer rows or columns, the tiles of {@link tiledProduct} are mostly empty, which only a long sum is worth. */
const FEW = 16;
const LONG = 256;

/**
 * c [m, n] = activation(a [m, k] · b [k, n] (+ bias [n])), for each matrix of a stack. The order of additions is fixed, so the
 * same product has the same bits.
 */
export function product(context: Context, product: Product): void {
  const [m, n, k] = product.size;
  if (!context.software && (Math.min(m, n) >= FEW || k >= LONG)) tiledProduct(context, product);
  else registerProduct(context, product);
}

/**
 * Each invocation computes a tile of the result in registers, and loops over k in blocks of 4. There is no
 * workgroup memory and no barrier, because both are slow on a software adapter: it is 5 to 10 times as fast there as tfjs's
 * product.
 */
function registerProduct({ dispatch, software }: Context, product: Product): void {
  const { c, a, b, bias, size, matrices = 1 } = product;
  const [m, n, k] = size;
  const operands = operandsOf(product);
  const [vectorsA, vectorsB] = [isAligned(a), isAligned(b)];
  const large = software && m >= MANY_ROWS && n > 32 && vectorsA && vectorsB && !operands.transposeA;
  const form: ProductForm = {
    ...{ ...operands, vectorsA, vectorsB },
    vectorsC: isAligned(c) && n % 4 === 0,
    remainder: k % 4 !== 0 || !(vectorsA || vectorsB),
    ...(large
      ? { rows: 16, columns: n > MANY_COLUMNS ? 16 : 8 }
      : { rows: software && m > 4 ? 8 : 4, columns: 4 }),
  };
  dispatch({
    program: { key: `product ${Object.values(form).join(' ')}`, code: () => productCode(form) },
    buffers: [c.tensor, a.tensor, b.tensor, ...(bias ? [bias] : [])],
    uniforms: { u32: [...size, ...layoutOf(a), ...layoutOf(b), ...layoutOf(c)] },
    workgroups: [Math.ceil(n / (8 * form.columns)), Math.ceil(m / (8 * form.rows)), matrices],
  });
}

/** A GPU has work for about this many workgroups at once. */
const MANY_WORKGROUPS = 256;
/** The least values of k for which a part of a divided product is worth its sums. */
const LEAST_DEPTH = 128;

/** The same with workgroup memory, and with k divided where the result has few tiles. */
function tiledProduct(context: Context, product: Product): void {
  const { c, a, b, bias, size, matrices = 1 } = product;
  const [m, n, k] = size;
  const { create, free, dispatch } = context;
  const operands = operandsOf(product);
  const tiles = [Math.ceil(n / TILE), Math.ceil(m / TILE)] as const;
  const most = Math.floor(MANY_WORKGROUPS / (tiles[0] * tiles[1] * matrices));
  const depth = Math.ceil(k / Math.max(1, Math.min(most, Math.floor(k / LEAST_DEPTH))) / BLOCK) * BLOCK;
  const parts = matrices > 1 ? 1 : Math.ceil(k / depth);
  const divided = parts > 1;
  const form: TiledProductForm = { ...operands, ...(divided && { bias: false, activation: 'y' }), divided };
  const run = (target: Matrix) =>
    dispatch({
      program: { key: `tiled product ${Object.values(form).join(' ')}`, code: () => tiledProductCode(form) },
      buffers: [target.tensor, a.tensor, b.tensor, ...(form.bias && bias ? [bias] : [])],
      uniforms: { u32: [...size, ...layoutOf(a), ...layoutOf(b), ...layoutOf(target), depth] },
      workgroups: [...tiles, divided ? parts : matrices],
    });
  if (!divided) {
    run(c);
    return;
  }
  const sums = create([parts, m, n]);
  run({ tensor: sums, rowStride: n, stride: m * n });
  dispatch({
    program: {
      key: `parts of a product ${operands.bias} ${operands.activation}`,
      code: () => addPartsCode(operands),
    },
    buffers: [c.tensor, sums, ...(bias ? [bias] : [])],
    uniforms: { u32: [m * n, n, parts, c.rowStride, c.offset ?? 0] },
    workgroups: elementWorkgroups(m * n),
  });
  free(sums);
}

const operandsOf = ({ a, b, bias, activation = 'y' }: Product): Operands => ({
  ...{ transposeA: a.transposed ?? false, transposeB: b.transposed ?? false },
  ...{ bias: bias !== undefined, activation },
});

const layoutOf = ({ rowStride, stride = 0, offset = 0 }: Matrix) => [rowStride, stride, offset];

/** True if each stored row starts at a multiple of 4 elements, so that it can be loaded as vectors. */
function isAligned({ rowStride, stride = 0, offset = 0 }: Matrix): boolean {
  return rowStride % 4 === 0 && stride % 4 === 0 && offset % 4 === 0;
}
