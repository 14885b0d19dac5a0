import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { loopBound } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

/** An element of the result, from its row's maximum and Σ exp(x − maximum), which cannot overflow. */
const RESULTS = {
  softmax: 'safeExp(value - maximum[row]) / total[row]',
  logSoftmax: 'value - maximum[row] - safeLog(total[row])',
};

/** Softmax and log-softmax over the last axis. */
export function softmax(
  context: Context,
  max: Operations['max'],
  free: (x: Tensor) => void,
): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const { kernel, get, add, drop, empty, outputOf } = context;

  const rows = (op: keyof typeof RESULTS, x: Tensor) => {
    const elements = get(x);
    if (sizeOf(x.shape) === 0) return empty(x.shape);
    const last = x.shape.length - 1;
    const width = x.shape[last];
    const bound = loopBound(width);
    const sum = kernel(`sum of exp of up to ${bound}`, () => ({
      // x [rows, width], maximum [rows] → [rows]
      source: `function (x, maximum, width) {
        var row = ${FLAT};
        var start = row * width;
        var sum = 0;
        for (var t = 0; t < ${bound}; t++) {
          if (t >= width) { break; }
          sum = sum + safeExp(x[start + t] - maximum[row]);
        }
        return sum;
      }`,
      types: ['texture', 'texture', 'number'],
    }));
    const result = kernel(op, () => ({
      // x [rows, width], maximum [rows], total [rows] → [rows, width]
      source: `function (x, maximum, total, width) {
        var i = ${FLAT};
        var row = quotient(i, width);
        var value = x[i];
        return ${RESULTS[op]};
      }`,
      types: ['texture', 'texture', 'texture', 'number'],
    }));
    const maxima = max(x, [last]);
    const maximum = get(maxima);
    const total = sum(outputOf(maxima.shape), elements, maximum, width);
    const y = result(outputOf(x.shape), elements, maximum, total, width);
    free(maxima);
    drop(total);
    return add(y, x.shape);
  };

  return {
    softmax: (x) => rows('softmax', x),
    logSoftmax: (x) => rows('logSoftmax', x),
  };
}
