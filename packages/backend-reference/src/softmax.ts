import type { Tensor } from '@recurra/core';
import type { Operations } from '@recurra/core/backend';
import { type Context, zeros } from './memory.js';

/** Softmax and log-softmax over the last axis. */
export function softmax({ get, add }: Context): Pick<Operations, 'softmax' | 'logSoftmax'> {
  /**
   * Rewrites each row, given its maximum and Σ exp(x − maximum). The maximum is subtracted so that exp cannot
   * overflow.
   */
  const rows = (x: Tensor, f: (value: number, maximum: number, total: number) => number) => {
    const data = get(x);
    const width = x.shape[x.shape.length - 1];
    const y = zeros(Float64Array, data.length);
    for (let start = 0; start < data.length; start += width) {
      const row = data.subarray(start, start + width);
      const maximum = row.reduce((largest, value) => Math.max(largest, value), -Infinity);
      const total = row.reduce((sum, value) => sum + Math.exp(value - maximum), 0);
      for (let i = 0; i < width; i++) y[start + i] = f(row[i], maximum, total);
    }
    return add(y, x.shape);
  };

  return {
    softmax: (x) => rows(x, (value, maximum, total) => Math.exp(value - maximum) / total),
    logSoftmax: (x) => rows(x, (value, maximum, total) => value - maximum - Math.log(total)),
  };
}
