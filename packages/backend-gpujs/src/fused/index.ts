import type { Tensor } from '@recurra/core';
import type { FusedKernels } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { crossEntropy } from './cross-entropy.js';
import { ctc } from './ctc.js';
import { dense } from './dense.js';
import { linearScan } from './linear-scan.js';
import { optimizer } from './optimizer.js';
import { recurrent } from './recurrent.js';

/** The optional fused kernels. */
export function fused(context: Context, free: (x: Tensor) => void): FusedKernels {
  return {
    recurrent: recurrent(context),
    dense: dense(context),
    crossEntropy: crossEntropy(context),
    scan: linearScan(context),
    ctc: ctc(context),
    optimizer: optimizer(context, free),
  };
}
