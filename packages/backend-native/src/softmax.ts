import type { Operations, Tensor } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** Softmax and log-softmax over the last axis. */
export function softmax({ native, get, result }: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const { shared } = native;

  const write = (x: Tensor) => {
    shared[F.x] = get(x);
    shared[F.columns] = x.shape[x.shape.length - 1];
  };

  return {
    softmax(x) {
      write(x);
      native.softmax();
      return result(F.y, x.shape);
    },

    logSoftmax(x) {
      write(x);
      native.logSoftmax();
      return result(F.y, x.shape);
    },
  };
}
