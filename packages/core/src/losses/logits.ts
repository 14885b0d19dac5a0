import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import type { Prediction } from './loss.js';

/**
 * What goes into the activation that a cross entropy wants the model to end with; or the output, if that is `fromLogits`.
 * @throws OptionError where it is neither
 */
export function logitsOf(
  owner: string,
  activation: 'softmax' | 'sigmoid',
  { rows, logits }: Prediction,
  fromLogits: boolean,
): Tensor {
  if (fromLogits && logits) {
    throw new OptionError(
      `${owner}: with fromLogits the model must end without an activation, not with ${logits.kind}`,
    );
  }
  if (fromLogits) return rows;
  if (logits?.kind === activation) return logits.rows;
  const given = logits ? logits.kind : 'something else';
  throw new OptionError(
    `${owner}: the model must end with the activation '${activation}', not with ${given}; without one, set fromLogits: true`,
  );
}
