import type { Operations, Tensor } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** Softmax and log-softmax over the last axis. */
export function softmax({ native, get, result }: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const { shared, softmax, logSoftmax } = native;

  const write = (x: Tensor) => {
    shared[F.x] = get(x);
    shared[F.columns] = x.shape[x.shape.length - 1];
  };

  return {
    softmax(x) {
      write(x);
      softmax();
      return result(F.y, x.shape);
    },

    logSoftmax(x) {
      write(x);
      logSoftmax();
      return result(F.y, x.shape);
    },
  };
}
