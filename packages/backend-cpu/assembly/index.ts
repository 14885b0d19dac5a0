/*
 * The kernels of the CPU backend, in AssemblyScript. Conventions:
 *   - Arrays are float32 and row-major, and are passed by address. Sizes and strides count elements.
 *   - A kernel may read up to 64 bytes past the end of an array, as part of a whole vector or panel. It never writes there,
 *     except for `adam`, up to the end of the last vector: each of its arrays has a block of memory of its own.
 *   - Kernels allocate nothing: results, scratch memory and the workspace of `matmul` belong to the caller.
 */
import { WORKSPACE_BYTES } from './matmul';
import { SHARED_WORDS_END } from './shared-words';

export { affine, binary, fill, select, unary } from './elementwise';
export { multiplyInt8, packInt8Panels, roundedRowBytes, roundRows } from './int8';
export { copy } from './copy';
export { matmul } from './matmul';
export { packPanels } from './panels';
export { maximum, sum } from './reduce';
export { logSoftmax, softmax } from './softmax';
export { firstInvalidIndex, gather, scatterAdd } from './indexing';
export { denseActivation, denseActivationGradient } from './dense';
export { crossEntropy, crossEntropyGradient } from './cross-entropy';
export { repeatTile } from './measure';
export { runTask, runTaskOnPool, runWorker, taskArgsAddress, stopPool } from './tasks';
export { joinPool } from './thread-pool';
export { adagrad, adam, rmsprop, sgd, sumOfSquares, valueOf } from './optimizers';

/** The size of the `workspace` of one thread. Those of a pool follow each other in memory. */
export function workspaceBytes(): i32 {
  return WORKSPACE_BYTES;
}

/** The first address that the caller may use. */
export function heapBase(): usize {
  return SHARED_WORDS_END;
}
