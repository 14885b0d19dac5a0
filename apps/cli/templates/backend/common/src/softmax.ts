import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { missing } from './missing.js';

export function softmax(context: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  return {
    // Over the last axis, each row separately: y = exp(x − largest) / Σ exp(x − largest).
    // Subtract the row's largest value first; otherwise exp overflows.
    softmax: (x) => missing(context, 'softmax', { x }),

    // y = x − largest − log Σ exp(x − largest), over the last axis.
    // Do not compute it as log(softmax(x)): that is −Infinity where softmax is too small for a float.
    logSoftmax: (x) => missing(context, 'logSoftmax', { x }),
  };
}
