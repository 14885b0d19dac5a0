import type { FusedKernels } from '@recurra/core/backend';
import type { Arrays } from '../memory.js';
import { crossEntropy } from './cross-entropy.js';
import { dense } from './dense.js';
import { optimizer } from './optimizer.js';
import { recurrent } from './recurrent.js';

/** The fused kernels of this backend. */
export const fused = (arrays: Arrays): FusedKernels => ({
  recurrent: recurrent(arrays),
  dense: dense(arrays),
  crossEntropy: crossEntropy(arrays),
  optimizer: optimizer(arrays),
});
