import { type Backend, type Tensor, withTape } from '@recurra/core';
import { type Memory, type Operations, sizeOf } from '@recurra/core/backend';

/**
 * A backend that excludes some tensors from its counts, for mutants that hold tensors but must fail for
 * another reason.
 */
export function hiding(
  right: Backend,
): { hidden: Set<Tensor> } & Pick<Memory, 'memory'> & Pick<Operations, 'reshape'> {
  const hidden = new Set<Tensor>();
  return {
    hidden,
    memory() {
      const { tensors, bytes } = right.memory();
      const element = right.precision === 'float32' ? 4 : 8;
      const held = [...hidden].reduce((sum, x) => sum + sizeOf(x.shape) * element, 0);
      return { tensors: tensors - hidden.size, bytes: bytes - held };
    },
    // A copy, so that tensors do not share bytes.
    reshape: (x, shape) => withTape(right, (tape) => tape.keep(tape.reshape(tape.affine(x, 1), shape))),
  };
}
