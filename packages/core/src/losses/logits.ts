import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import type { Signal } from '../layers/layer.js';
import type { Tape } from '../tape/tape.js';
import { rowsOf } from './rows.js';

/**
 * Returns the logits of a model's output as rows [N, F]: the input of the model's final activation or, with
 * `fromLogits`, the output itself.
 * @throws OptionError if the model does not end with the activation that the loss needs
 */
export function logitsOf(
  tape: Tape,
  output: Signal,
  {
    owner,
    activation,
    fromLogits,
  }: { owner: string; activation: 'softmax' | 'sigmoid'; fromLogits: boolean },
): Tensor {
  const { logits } = output;
  if (fromLogits && logits) {
    throw new OptionError(
      `${owner}: with fromLogits the model must end without an activation, not with ${logits.kind}`,
    );
  }
  if (fromLogits) return rowsOf(tape, output);
  if (logits?.kind === activation) return rowsOf(tape, logits);
  const actual = logits ? logits.kind : 'something else';
  throw new OptionError(
    `${owner}: the model must end with the activation '${activation}', not with ${actual}; if its output is logits, set fromLogits: true`,
  );
}
