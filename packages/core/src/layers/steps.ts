import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import type { Lengths } from './layer.js';

/**
 * Gathers steps of x `[T, B, F]`. `choose(row)` lists the steps to take from a batch row; every list must have the same
 * length. A step of −1 gives zeros.
 * @returns [N · B, F]; row n·B + b is step `choose(b)[n]` of row b
 */
export function pickSteps(tape: Tape, x: Tensor, choose: (row: number) => readonly number[]): Tensor {
  const [T, B, F] = x.shape;
  const chosen = Array.from({ length: B }, (_, row) => choose(row));
  const N = chosen[0]?.length ?? 0;
  const zeros = T * B;
  const indices = new Float32Array(N * B);
  for (let n = 0; n < N; n++) {
    for (let b = 0; b < B; b++) indices[n * B + b] = chosen[b][n] < 0 ? zeros : chosen[b][n] * B + b;
  }
  const rows = tape.concat([tape.reshape(x, [T * B, F]), tape.fill([1, F], 0)], 0);
  return tape.gather(rows, tape.constant(indices, [N * B]));
}

/** Returns a mask [T, B, 1] with 1 at the valid steps of each row and 0 at the padding. */
export function validSteps(tape: Tape, lengths: readonly number[], T: number): Tensor {
  const B = lengths.length;
  const mask = Float32Array.from({ length: T * B }, (_, i) => (Math.floor(i / B) < lengths[i % B] ? 1 : 0));
  return tape.constant(mask, [T, B, 1]);
}

/** Lengths of rows, with their tensor. */
export function lengthsOf(tape: Tape, rows: readonly number[]): Lengths {
  return { rows, tensor: tape.constant(Float32Array.from(rows), [rows.length]) };
}
