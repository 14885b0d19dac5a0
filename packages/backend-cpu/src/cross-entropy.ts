import { type CrossEntropyKernel, DataError } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Softmax cross-entropy. Saves the probabilities: its gradient is their distance from the targets. */
export function crossEntropy({ kernels, at, create, work }: Arrays): CrossEntropyKernel {
  return {
    declines: () => undefined,

    forward: ({ rows, classes, training }, { logits, targets, weights }) =>
      work((scratch) => {
        const loss = create([1]);
        const saved = training ? [create([rows, classes])] : [];
        const probabilities = training ? at(saved[0]) : scratch(rows * classes);
        const inputs = [at(logits), at(targets), at(weights)] as const;
        const wrong = kernels.crossEntropy(...inputs, probabilities, at(loss), rows, classes);
        if (wrong >= 0) {
          throw new DataError(
            `cpu: the target of row ${wrong} is none of ${classes} classes; expected a whole number from 0 to ${classes - 1}`,
          );
        }
        return { loss, saved };
      }),

    backward({ rows, classes }, { targets, weights }, { saved: [probabilities] }, dLoss) {
      const inputs = [at(probabilities), at(targets), at(weights), at(dLoss)] as const;
      const dLogits = create([rows, classes]);
      kernels.crossEntropyGradient(...inputs, at(dLogits), rows, classes);
      return dLogits;
    },
  };
}
