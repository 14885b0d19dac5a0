import { DataError } from '@recurra/core';
import type { CrossEntropyKernel } from '@recurra/core/backend';
import type { Context } from './memory.js';

/**
 * Softmax cross-entropy of logits [rows, classes] with targets and weights [rows]. Saves the probabilities [rows, classes],
 * from which the gradient follows.
 */
export function crossEntropy({ kernels, addressOf, create, scoped }: Context): CrossEntropyKernel {
  return {
    declines: () => undefined,

    forward: ({ rows, classes, training }, { logits, targets, weights }) =>
      scoped((scratch) => {
        const loss = create([1]);
        const saved = training ? [create([rows, classes])] : [];
        const probabilities = training ? addressOf(saved[0]) : scratch(rows * classes);
        const inputs = [addressOf(logits), addressOf(targets), addressOf(weights)] as const;
        const invalidRow = kernels.crossEntropy(...inputs, probabilities, addressOf(loss), rows, classes);
        if (invalidRow >= 0) {
          throw new DataError(
            `cpu: the target of row ${invalidRow} is none of ${classes} classes; expected a whole number from 0 to ${classes - 1}`,
          );
        }
        return { loss, saved };
      }),

    backward({ rows, classes }, { targets, weights }, { saved: [probabilities] }, dLoss) {
      const inputs = [
        addressOf(probabilities),
        addressOf(targets),
        addressOf(weights),
        addressOf(dLoss),
      ] as const;
      const dLogits = create([rows, classes]);
      kernels.crossEntropyGradient(...inputs, addressOf(dLogits), rows, classes);
      return dLogits;
    },
  };
}
