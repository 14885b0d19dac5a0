/* What was read of a batch, row by row. */
import type { TensorData } from '../contract/tensor.js';

/** The rows of [T, B, F], each [T, F]. */
export function splitSequences(data: TensorData, [T, B, F]: readonly number[]): TensorData[] {
  return Array.from({ length: B }, (_, row) => {
    const sequence = data.slice(0, T * F);
    for (let t = 0; t < T; t++) {
      const start = (t * B + row) * F;
      sequence.set(data.subarray(start, start + F), t * F);
    }
    return sequence;
  });
}

/** The rows of [B, F], each [F]. */
export function splitRows(data: TensorData, rows: number): TensorData[] {
  const width = data.length / rows;
  return Array.from({ length: rows }, (_, row) => data.subarray(row * width, (row + 1) * width));
}
