import type { CrossEntropyKernel } from '@recurra/core/backend';
import { loopBound, type Storage } from '../kernels.js';
import { FLAT } from '../strides.js';
import type { Arrays } from '../textures.js';

/** A thread of a sum adds so many numbers at most, where there are not too many for that. */
const TERMS = 64;

/**
 * Softmax cross-entropy. Saved: of each row its weighted loss, its weight, the maximum of its logits and the sum of
 * their exponentials; and the sums of the first two.
 */
export function crossEntropy({ kernel, get, add, drop, outputOf }: Arrays): CrossEntropyKernel {
  /** The losses and the weights of all rows, summed: by one thread, or where there are many rows by many first. */
  const total = (rows: Storage, count: number): Storage => {
    if (count <= TERMS) return sum(rows, count, 1);
    const threads = Math.ceil(Math.sqrt(count));
    const some = sum(rows, count, threads);
    const all = sum(some, threads, 1);
    drop(some);
    return all;
  };

  /** What thread i of so many finds: the sum of rows i, i + threads … */
  const sum = (rows: Storage, count: number, threads: number): Storage => {
    const bound = loopBound(Math.ceil(count / threads));
    const launch = kernel(`sum of losses, up to ${bound}`, () => ({
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
        source: `function (logits, targets, weights) {
          var row = ${FLAT};
          var first = row * ${classes};
          var most = logits[first];
          for (var c = 1; c < ${classes}; c++) { most = maximum(most, logits[first + c]); }
          var sum = 0.0;
          for (var c = 0; c < ${classes}; c++) { sum += safeExp(logits[first + c] - most); }
          var w = weights[row];
          var loss = safeLog(sum) + most - logits[first + targets[row]];
          return [w * loss, w, most, sum];
        }`,
        types: ['texture', 'texture', 'texture'],
        channels: 4,
      }));
      const found = byRow(outputOf([rows]), ...inputs);
      const sums = total(found, rows);
      const mean = kernel('mean loss', () => ({
        source: `function (sums) {
          var all = sums[0];
          if (all[1] === 0) { return 0; }
          return all[0] / all[1];
        }`,
        types: ['texture4'],
      }));
      const loss = add(mean([1, 1], sums), [1]);
      if (training) return { loss, saved: [add(found, [rows, 4]), add(sums, [4])] };
      drop(found);
      drop(sums);
      return { loss, saved: [] };
    },

    backward({ rows, classes }, { logits, targets }, { saved }, dLoss) {
      const inputs = [logits, targets, ...saved, dLoss].map(get);
      const launch = kernel(`gradient of cross entropy, ${classes} classes`, () => ({
        source: `function (logits, targets, rows, sums, dLoss) {
          var i = ${FLAT};
          var n = quotient(i, ${classes});
          var row = rows[n];
          var all = sums[0];
          if (all[1] === 0) { return 0; }
          var wanted = targets[n] === i - n * ${classes} ? 1 : 0;
          return dLoss[0] * row[1] / all[1] * (safeExp(logits[i] - row[2]) / row[3] - wanted);
        }`,
        types: ['texture', 'texture', 'texture4', 'texture4', 'texture'],
      }));
      return add(launch(outputOf([rows, classes]), ...inputs), [rows, classes]);
    },
  };
}
