import type { Operations } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Softmax and log-softmax over the last axis. */
export function softmax({ native, get, add }: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  return {
    softmax: (x) => add(native.softmax(get(x), x.shape[x.shape.length - 1]), x.shape),
    logSoftmax: (x) => add(native.logSoftmax(get(x), x.shape[x.shape.length - 1]), x.shape),
  };
}
