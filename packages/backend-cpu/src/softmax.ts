import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Softmax and log-softmax over the last axis. */
export function softmax({ kernels, addressOf, create }: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const run = (kernel: 'softmax' | 'logSoftmax', x: Tensor) => {
    const from = addressOf(x);
    const y = create(x.shape);
    const columns = x.shape[x.shape.length - 1];
    kernels[kernel](from, addressOf(y), sizeOf(x.shape.slice(0, -1)), columns);
    return y;
  };

  return {
    softmax: (x) => run('softmax', x),
    logSoftmax: (x) => run('logSoftmax', x),
  };
}
