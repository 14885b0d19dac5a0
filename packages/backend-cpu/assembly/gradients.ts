/* The gradients of the weights and of x, from da and du of all steps. The same for every cell; see recurrent.ts. */
import { PANEL, PROJECTED_ROWS, RecurrentArgs } from './abi.generated';
import { beginBlocks, bottom, left, nextBlocks, right, top } from './blocks';
import { matmul, multiplyColumns, multiplyTransposedPair, WORKSPACE_BYTES } from './matmul';
import { sumColumns } from './reduce';
import { threadOffset } from './thread-pool';
import { at } from './vector';

/**
 * `columns` columns of dW = xᵀ · da and of dU = factorᵀ · da over all steps, from `column` on, where da is du, and U was
 * multiplied by `factor` [T, B, H].
 */
export function kernelGradients(args: RecurrentArgs, factor: usize, column: i32, columns: i32, width: i32): void {
  const rows = args.time * args.batch;
  const own = args.workspace + threadOffset(WORKSPACE_BYTES);
  for (let more = beginBlocks(1, 1, columns, 4 * PANEL); more; more = nextBlocks()) {
    const from = column + left;
    const dW = at(args.dKernel, from);
    const dU = at(args.dRecurrentKernel, from);
    const da = at(args.da, from);
    multiplyTransposedPair(args.x, args.inputSize, dW, factor, args.units, dU, da, width, right - left, rows, own);
  }
}

/** dW [I, width] = xᵀ · da and dU [H, width] = savedHᵀ · du over all steps. */
export function separateKernelGradients(args: RecurrentArgs, width: i32): void {
  transposedProduct(args, args.x, args.inputSize, args.da, args.dKernel, width);
  transposedProduct(args, args.savedH, args.units, args.du, args.dRecurrentKernel, width);
}

/** y [n, width] = xᵀ · da, with x [T, B, n] and da [T, B, width]. */
function transposedProduct(args: RecurrentArgs, x: usize, n: i32, da: usize, y: usize, width: i32): void {
  const own = args.workspace + threadOffset(WORKSPACE_BYTES);
  for (let more = beginBlocks(1, 1, width, 4 * PANEL); more; more = nextBlocks()) {
    const rows = args.time * args.batch;
    matmul(x, n, true, at(da, left), width, false, at(y, left), width, n, right - left, rows, false, own);
  }
}

/** db, db' and dx, from da and du [T, B, width]. */
export function biasAndInputGradients(args: RecurrentArgs, width: i32): void {
  const rows = args.time * args.batch;
  const inputSize = args.inputSize;
  biasGradient(args.da, args.dBias, rows, width);
  biasGradient(args.du, args.dRecurrentBias, rows, width);
  if (!args.dx) return;
  for (let more = beginBlocks(rows, PROJECTED_ROWS, inputSize, 2 * PANEL); more; more = nextBlocks()) {
    const da = at(args.da, top * width);
    const dx = at(args.dx, top * inputSize);
    multiplyColumns(da, width, args.kernel, 0, dx, inputSize, bottom - top, left, right, width, 0, 0);
  }
}

/** db [width] = the sums of the columns of da [rows, width]; nothing if db is absent. */
function biasGradient(da: usize, db: usize, rows: i32, width: i32): void {
  if (!db) return;
  for (let more = beginBlocks(1, 1, width, 4 * PANEL); more; more = nextBlocks()) {
    sumColumns(at(da, left), width, at(db, left), rows, right - left);
  }
}
