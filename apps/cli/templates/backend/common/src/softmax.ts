import type { Operations } from '@recurra/core';
import type { Arrays } from './memory.js';
import { missing } from './missing.js';

export function softmax(arrays: Arrays): Pick<Operations, 'softmax' | 'logSoftmax'> {
  return {
    // Over the last axis: take the row's largest value away from it first, or exp overflows.
    // y = exp(x − largest) / Σ exp(x − largest). Rows do not touch each other.
    softmax: (x) => missing(arrays, 'softmax', { x }),

    // y = x − largest − log Σ exp(x − largest), over the last axis.
    // Not the logarithm of softmax: that is −Infinity where softmax is too small for a float.
    logSoftmax: (x) => missing(arrays, 'logSoftmax', { x }),
  };
}
