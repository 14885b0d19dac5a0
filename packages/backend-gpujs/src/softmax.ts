import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { loopBound } from './kernels.js';
import { FLAT } from './strides.js';
import type { Arrays } from './textures.js';

/** What an element becomes, given its row's maximum and Σ exp(x − maximum): with the maximum taken away, no exp overflows. */
const RESULTS = {
  softmax: 'safeExp(value - maximum[row]) / total[row]',
  logSoftmax: 'value - maximum[row] - safeLog(total[row])',
};

/** Softmax and its logarithm, over the last axis. */
export function softmax(
  arrays: Arrays,
  largest: Operations['max'],
  free: (x: Tensor) => void,
): Pick<Operations, 'softmax' | 'logSoftmax'> {
  const { kernel, get, add, drop, empty, outputOf } = arrays;

  const rows = (op: keyof typeof RESULTS, x: Tensor) => {
    const elements = get(x);
    if (sizeOf(x.shape) === 0) return empty(x.shape);
    const last = x.shape.length - 1;
    const width = x.shape[last];
    const bound = loopBound(width);
    const sum = kernel(`sum of exp of up to ${bound}`, () => ({
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
      source: `function (x, maximum, total, width) {
        var i = ${FLAT};
        var row = quotient(i, width);
        var value = x[i];
        return ${RESULTS[op]};
      }`,
      types: ['texture', 'texture', 'texture', 'number'],
    }));
    const top = largest(x, [last]);
    const maximum = get(top);
    const total = sum(outputOf(top.shape), elements, maximum, width);
    const y = result(outputOf(x.shape), elements, maximum, total, width);
    free(top);
    drop(total);
    return add(y, x.shape);
  };

  return {
    softmax: (x) => rows('softmax', x),
    logSoftmax: (x) => rows('logSoftmax', x),
  };
}
