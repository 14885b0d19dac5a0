import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Sums and maxima over axes. */
export function reduce({ kernels, addressOf, create, scoped }: Context): Pick<Operations, 'sum' | 'max'> {
  /** Reduces from the last axis to the first, adjacent axes together. Intermediate results are in scratch memory. */
  const reduceAxes = (kernel: 'sum' | 'maximum', x: Tensor, axes: readonly number[]) => {
    if (axes.length === x.shape.length) return reduceAll(kernel, x);
    return scoped((scratch) => {
      const sizes = [...x.shape];
      const y = create(sizes.map((size, axis) => (axes.includes(axis) ? 1 : size)));
      let from = addressOf(x);
      for (let end = sizes.length; end > 0; ) {
        if (!axes.includes(end - 1)) {
          end -= 1;
          continue;
        }
        let start = end - 1;
        while (axes.includes(start - 1)) start -= 1;
        const outer = sizeOf(sizes.slice(0, start));
        const inner = sizeOf(sizes.slice(end));
        const last = !axes.some((axis) => axis < start);
        const to = last ? addressOf(y) : scratch(outer * inner);
        kernels[kernel](from, to, outer, sizeOf(sizes.slice(start, end)), inner);
        sizes.fill(1, start, end);
        [from, end] = [to, start];
      }
      if (axes.length === 0) kernels.copy(from, 0, 0, 0, 1, addressOf(y), 0, 0, 0, 1, 1, 1, 1, sizeOf(sizes));
      return y;
    });
  };

  /** Reduces all elements to one. */
  const reduceAll = (kernel: 'sum' | 'maximum', x: Tensor) => {
    const from = addressOf(x);
    const y = create(x.shape.map(() => 1));
    kernels[kernel](from, addressOf(y), 1, sizeOf(x.shape), 1);
    return y;
  };

  return {
    sum: (x, axes) => reduceAxes('sum', x, axes),
    max: (x, axes) => reduceAxes('maximum', x, axes),
  };
}
