/*
 * The kernels of the CPU backend, in AssemblyScript. What they share:
 *   - Arrays are float32 and row-major, given by their address; sizes and row lengths count elements.
 *   - A kernel may read up to 64 bytes past the end of an array, for a whole vector or panel; it never writes there.
 *   - Nothing is allocated here: results, scratch memory and the workspace of `matmul` belong to the caller.
 */
import { WORKSPACE_BYTES } from './matmul';
import { TEAM_END } from './team';

export { affine, binary, fill, fillRows, select, unary } from './elementwise';
export { copy } from './copy';
export { matmul, packPanels } from './matmul';
export { maximum, sum } from './reduce';
export { logSoftmax, softmax } from './softmax';
export { gather, scatterAdd } from './indexing';
export { denseActivation, denseActivationGradient } from './dense';
export { crossEntropy, crossEntropyGradient } from './cross-entropy';
export { repeatTile } from './measure';
export { dismiss, runTogether, runWalk, serve, walkAddress } from './walks';
export { join } from './team';
export { adagrad, adam, rmsprop, sgd } from './optimizers';

/** The size of a `workspace`; each thread has one, one after the other. */
export function workspaceBytes(): i32 {
  return WORKSPACE_BYTES;
}

/** Where memory is free to use. */
export function heapBase(): usize {
  return TEAM_END;
}
