import type { CrossEntropyInputs, CrossEntropyKernel, CrossEntropySpec } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/**
 * Softmax cross-entropy of logits [rows, classes] with targets and weights [rows]. Saves the probabilities [rows, classes],
 * from which the gradient follows.
 */
export function crossEntropy({ native, get, result, resultIfAny }: Context): CrossEntropyKernel {
  const { shared, crossEntropyForward, crossEntropyBackward } = native;

  /** Writes the arguments that both passes have. */
  const write = ({ rows, classes }: CrossEntropySpec, { targets, weights }: CrossEntropyInputs) => {
    shared[F.rows] = rows;
    shared[F.classes] = classes;
    shared[F.targets] = get(targets);
    shared[F.weights] = get(weights);
  };

  return {
    declines: () => undefined,

    forward(spec, inputs) {
      write(spec, inputs);
      shared[F.training] = Number(spec.training);
      shared[F.x] = get(inputs.logits);
      crossEntropyForward();
      const probabilities = resultIfAny(F.saved, [spec.rows, spec.classes]);
      return { loss: result(F.y, [1]), saved: probabilities ? [probabilities] : [] };
    },

    backward(spec, inputs, { saved }, dLoss) {
      write(spec, inputs);
      shared[F.saved] = get(saved[0]);
      shared[F.dY] = get(dLoss);
      crossEntropyBackward();
      return result(F.dX, [spec.rows, spec.classes]);
    },
  };
}
