import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import type { Lengths } from './layer.js';

/** Reverses the valid steps of each row of x `[T, B, F]`; the padding stays at the end. */
export function reverseTime(tape: Tape, x: Tensor, lengths: Lengths | undefined): Tensor {
  const [T, B, F] = x.shape;
  const from = new Float32Array(T * B);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const length = lengths?.rows[b] ?? T;
      from[t * B + b] = (t < length ? length - 1 - t : t) * B + b;
    }
  }
  const rows = tape.gather(tape.reshape(x, [T * B, F]), tape.constant(from, [T * B]));
  return tape.reshape(rows, [T, B, F]);
}
