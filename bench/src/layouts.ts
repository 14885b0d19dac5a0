/* Arrays in the layouts of other libraries. Recurra's weights are [I, G·H], with LSTM gates i f g o and GRU gates r z n. */
import type { Float32NDArray } from './problem.js';

/** [outer, inner, width] → [inner, outer, width]: between time-major and batch-major, or a transposed matrix. */
export function swapAxes(
  data: ArrayLike<number>,
  [outer, inner, width = 1]: readonly number[],
): Float32Array {
  const swapped = new Float32Array(data.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let f = 0; f < width; f++)
        swapped[(i * outer + o) * width + f] = data[(o * inner + i) * width + f];
    }
  }
  return swapped;
}

/**
 * The same weights, [G·H] or [I, G·H], with their gates in another order.
 * @param order indices of Recurra's gates
 */
export function reorderGates({ data, shape }: Float32NDArray, order: readonly number[]): Float32Array {
  const columns = shape[shape.length - 1];
  const H = columns / order.length;
  return data.map((_, i) => {
    const column = i % columns;
    return data[i - column + order[Math.floor(column / H)] * H + (column % H)];
  });
}
