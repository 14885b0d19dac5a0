/*
 * The kernels of the CPU backend, in AssemblyScript. What they share:
 *   - Arrays are float32 and row-major, given by their address; sizes and row lengths count elements.
 *   - A kernel may read up to 64 bytes past the end of an array, for a whole vector or panel; it never writes there.
 *   - Nothing is allocated here: results, scratch memory and the workspace of `matmul` belong to the caller.
 */
import { WORKSPACE_BYTES } from './matmul';
import { Walk } from './walk';

const walk = memory.data(offsetof<Walk>(), 16);

export { affine, binary, fill, fillRows, select, unary } from './elementwise';
export { copy } from './copy';
export { matmul, packPanels } from './matmul';
export { maximum, sum } from './reduce';
export { logSoftmax, softmax } from './softmax';
export { gather, scatterAdd } from './indexing';
export { denseActivation, denseActivationGradient } from './dense';
export { crossEntropy, crossEntropyGradient } from './cross-entropy';
export { rnnBackward, rnnForward } from './rnn';
export { lstmBackward, lstmForward } from './lstm';
export { gruBackward, gruForward } from './gru';
export { gruResetBeforeBackward, gruResetBeforeForward } from './gru-reset-before';
export { adagrad, adam, rmsprop, sgd } from './optimizers';

/** Where the one {@link Walk} lies that is under way at a time. */
export function walkAddress(): usize {
  return walk;
}

/** The size of a `workspace`. */
export function workspaceBytes(): i32 {
  return WORKSPACE_BYTES;
}

/** Where memory is free to use. */
export function heapBase(): usize {
  return __heap_base;
}
