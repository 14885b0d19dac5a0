import { sizeOf, type Tensor } from '../contract/tensor.js';
import type { Signal } from '../layers/layer.js';
import type { Tape } from '../tape/tape.js';

/** A model's output as rows [N, F]: row t·B + b of a sequence, row b otherwise. */
export function rowsOf(tape: Tape, { value }: Pick<Signal, 'value'>): Tensor {
  const { shape } = value;
  if (shape.length === 2) return value;
  return tape.reshape(value, [sizeOf(shape.slice(0, -1)), shape[shape.length - 1]]);
}
