import type { CrossEntropyKernel } from '@recurra/core/backend';
import { loopBound, type Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';

/** Up to this number of rows, one thread adds them all. */
const ROWS_PER_THREAD = 64;

/**
 * Softmax cross-entropy. It saves for each row its weighted loss, its weight, the maximum of its logits and the sum of their
 * exponentials, [rows, 4], and the sums of the first two, [4].
 */
export function crossEntropy({ kernel, get, add, drop, outputOf }: Context): CrossEntropyKernel {
  /** The sums of the losses and of the weights of all rows; with many rows, in two launches. */
  const total = (rows: Storage, count: number): Storage => {
    if (count <= ROWS_PER_THREAD) return sum(rows, count, 1);
    const threads = Math.ceil(Math.sqrt(count));
    const partial = sum(rows, count, threads);
    const sums = sum(partial, threads, 1);
    drop(partial);
    return sums;
  };

  /** Thread i sums rows i, i + threads … */
  const sum = (rows: Storage, count: number, threads: number): Storage => {
    const bound = loopBound(Math.ceil(count / threads));
    const launch = kernel(`sum of losses, up to ${bound}`, () => ({
      // rows [count, 4] → [threads, 4]: loss, weight, 0, 0
      source: `function (rows, count, threads) {
        var loss = 0.0;
        var weight = 0.0;
        for (var n = 0; n < ${bound}; n++) {
          var i = n * threads + this.thread.x;
          if (i >= count) { break; }
          var row = rows[i];
          loss += row[0];
          weight += row[1];
        }
        return [loss, weight, 0, 0];
      }`,
      types: ['texture4', 'number', 'number'],
      channels: 4,
    }));
    return launch([threads, 1], rows, count, threads);
  };

  return {
    declines: ({ rows, classes }) => (rows * classes === 0 ? 'a dimension of 0' : undefined),

    forward({ rows, classes, training }, { logits, targets, weights }) {
      const inputs = [logits, targets, weights].map(get);
      const byRow = kernel(`losses of ${classes} classes`, () => ({
        // logits [rows, classes], targets [rows], weights [rows] → [rows, 4]
        source: `function (logits, targets, weights) {
          var row = ${FLAT};
          var first = row * ${classes};
          var largest = logits[first];
          for (var c = 1; c < ${classes}; c++) { largest = maximum(largest, logits[first + c]); }
          var sum = 0.0;
          for (var c = 0; c < ${classes}; c++) { sum += safeExp(logits[first + c] - largest); }
          var w = weights[row];
          var loss = safeLog(sum) + largest - logits[first + targets[row]];
          return [w * loss, w, largest, sum];
        }`,
        types: ['texture', 'texture', 'texture'],
        channels: 4,
      }));
      const rowResults = byRow(outputOf([rows]), ...inputs);
      const sums = total(rowResults, rows);
      const mean = kernel('mean loss', () => ({
        // sums [1, 4] → [1]
        source: `function (sums) {
          var all = sums[0];
          if (all[1] === 0) { return 0; }
          return all[0] / all[1];
        }`,
        types: ['texture4'],
      }));
      const loss = add(mean([1, 1], sums), [1]);
      if (training) return { loss, saved: [add(rowResults, [rows, 4]), add(sums, [4])] };
      drop(rowResults);
      drop(sums);
      return { loss, saved: [] };
    },

    backward({ rows, classes }, { logits, targets }, { saved }, dLoss) {
      const inputs = [logits, targets, ...saved, dLoss].map(get);
      const launch = kernel(`gradient of cross entropy, ${classes} classes`, () => ({
        // logits [rows, classes], targets [rows], rows [rows, 4], sums [1, 4], dLoss [1] → [rows, classes]
        source: `function (logits, targets, rows, sums, dLoss) {
          var i = ${FLAT};
          var n = quotient(i, ${classes});
          var row = rows[n];
          var all = sums[0];
          if (all[1] === 0) { return 0; }
          var target = targets[n] === i - n * ${classes} ? 1 : 0;
          return dLoss[0] * row[1] / all[1] * (safeExp(logits[i] - row[2]) / row[3] - target);
        }`,
        types: ['texture', 'texture', 'texture4', 'texture4', 'texture'],
      }));
      return add(launch(outputOf([rows, classes]), ...inputs), [rows, classes]);
    },
  };
}
