import { type Operations, sizeOf, type Tensor } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Softmax and its logarithm, over the last axis. */
export function softmax({ kernels, at, create }: Arrays): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const rows = (kernel: 'softmax' | 'logSoftmax', x: Tensor) => {
    const from = at(x);
    const y = create(x.shape);
    const columns = x.shape[x.shape.length - 1];
    kernels[kernel](from, at(y), sizeOf(x.shape.slice(0, -1)), columns);
    return y;
  };

  return {
    softmax: (x) => rows('softmax', x),
    logSoftmax: (x) => rows('logSoftmax', x),
  };
}
