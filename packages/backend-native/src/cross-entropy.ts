import type { CrossEntropyKernel } from '@recurra/core/backend';
import type { Context } from './memory.js';

/**
 * Softmax cross-entropy of logits [rows, classes] with targets and weights [rows]. Saves the probabilities [rows, classes],
 * from which the gradient follows.
 */
export function crossEntropy({ native, get, add, result }: Context): CrossEntropyKernel {
  return {
    declines: () => undefined,

    forward({ rows, classes, training }, { logits, targets, weights }) {
      const inputs = [get(logits), get(targets), get(weights)] as const;
      const loss = add(native.crossEntropyForward(...inputs, rows, classes, training), [1]);
      const probabilities = result(0, [rows, classes]);
      return { loss, saved: probabilities ? [probabilities] : [] };
    },

    backward({ rows, classes }, { targets, weights }, { saved: [probabilities] }, dLoss) {
      const inputs = [get(probabilities), get(targets), get(weights), get(dLoss)] as const;
      return add(native.crossEntropyBackward(...inputs, rows, classes), [rows, classes]);
    },
  };
}
