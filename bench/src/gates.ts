/* Weights in the layouts of other libraries. Recurra's are [I, G·H] with LSTM gates i f g o and GRU gates r z n. */
import type { NDArray } from '@recurra/core';

/**
 * Gates in another order, and transposed: [I, G·H] → [G·H, I].
 * @param order the gates by their places in Recurra
 */
export function transposedGates({ data, shape }: NDArray, order: readonly number[]): Float32Array {
  const [rows, columns] = shape;
  const H = columns / order.length;
  const turned = new Float32Array(rows * columns);
  order.forEach((gate, place) => {
    for (let unit = 0; unit < H; unit++) {
      for (let i = 0; i < rows; i++)
        turned[(place * H + unit) * rows + i] = data[i * columns + gate * H + unit];
    }
  });
  return turned;
}

/** Gates in another order: [G·H] → [G·H], and [I, G·H] → [I, G·H]. */
export function reorderedGates({ data, shape }: NDArray, order: readonly number[]): Float32Array {
  const columns = shape[shape.length - 1];
  const H = columns / order.length;
  return Float32Array.from(data, (_, i) => {
    const column = i % columns;
    return data[i - column + order[Math.floor(column / H)] * H + (column % H)];
  });
}

/** Axes 0 and 1 changed: time-major to batch-major and back. */
export function swapTimeAndBatch(
  data: ArrayLike<number>,
  [outer, inner, width]: readonly number[],
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
