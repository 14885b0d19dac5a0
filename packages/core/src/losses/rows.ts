import { sizeOf, type Tensor } from '../contract/tensor.js';
import type { Signal } from '../layers/layer.js';
import type { Tape } from '../tape/tape.js';

/** Reshapes a model's output to rows [N, F]. Step t of batch row b is row t·B + b in a sequence; a vector is row b. */
export function rowsOf(tape: Tape, { value }: Pick<Signal, 'value'>): Tensor {
  const { shape } = value;
  if (shape.length === 2) return value;
  return tape.reshape(value, [sizeOf(shape.slice(0, -1)), shape[shape.length - 1]]);
}
