/* The order of the GRU's gates is z, r, h in Keras and r, z, n in Recurra. For the LSTM, both use i, f, g, o. */
import type { NDArray } from '@recurra/core';

/** Swaps the first two thirds of the last axis, [..., 3·H]: from Keras's order to Recurra's, or back. */
export function exchangeGates({ data, shape }: NDArray): NDArray {
  const width = shape[shape.length - 1];
  const units = width / 3;
  const from = [units, 0, 2 * units];
  const exchanged = data.slice();
  for (let row = 0; row < data.length; row += width) {
    for (const [gate, start] of from.entries()) {
      exchanged.set(data.subarray(row + start, row + start + units), row + gate * units);
    }
  }
  return { data: exchanged, shape };
}
