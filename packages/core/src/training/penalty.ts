import type { Regularizer } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { NetworkBase } from '../network/network-base.js';
import type { Tape } from '../tape/tape.js';

/** The regularizers of a network's trained parameters, by name. Frozen parameters have no penalty, as in Keras. */
export function regularizersOf({ model, parameters }: NetworkBase): ReadonlyMap<string, Regularizer> {
  const regularizers = new Map<string, Regularizer>();
  for (const [name, { regularizer }] of model.parameters())
    if (regularizer && parameters.has(name)) regularizers.set(name, regularizer);
  return regularizers;
}

/** Computes loss + Σ (l1 · Σ|w| + l2 · Σw²) over the parameters with a regularizer, as [1]. */
export function withPenalties(
  tape: Tape,
  loss: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  regularizers: ReadonlyMap<string, Regularizer>,
): Tensor {
  let total = loss;
  for (const [name, { l1 = 0, l2 = 0 }] of regularizers) {
    const weights = parameters.get(name) as Tensor;
    const add = (values: Tensor, factor: number) => {
      const sum = tape.reshape(tape.sum(values), [1]);
      total = tape.add(total, tape.affine(sum, factor));
    };
    if (l1 > 0) add(tape.abs(weights), l1);
    if (l2 > 0) add(tape.mul(weights, weights), l2);
  }
  return total;
}
