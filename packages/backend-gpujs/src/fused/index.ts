import type { Tensor } from '@recurra/core';
import type { FusedKernels } from '@recurra/core/backend';
import type { Arrays } from '../textures.js';
import { crossEntropy } from './cross-entropy.js';
import { dense } from './dense.js';
import { optimizer } from './optimizer.js';
import { recurrent } from './recurrent.js';

/** The upper floor. */
export function fused(arrays: Arrays, free: (x: Tensor) => void): FusedKernels {
  return {
    recurrent: recurrent(arrays),
    dense: dense(arrays),
    crossEntropy: crossEntropy(arrays),
    optimizer: optimizer(arrays, free),
  };
}
