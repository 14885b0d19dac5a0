import { type Operations, sizeOf, type Tensor } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Operations that make many elements into one. */
export function reduce({ kernels, at, create, work }: Arrays): Pick<Operations, 'sum' | 'max'> {
  /** Reduces axis by axis, from the last, with neighbouring axes as one; what lies between is scratch memory. */
  const fold = (kernel: 'sum' | 'maximum', x: Tensor, axes: readonly number[]) =>
    work((scratch) => {
      const sizes = [...x.shape];
      const y = create(sizes.map((size, axis) => (axes.includes(axis) ? 1 : size)));
      let from = at(x);
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
        const to = last ? at(y) : scratch(outer * inner);
        kernels[kernel](from, to, outer, sizeOf(sizes.slice(start, end)), inner);
        sizes.fill(1, start, end);
        [from, end] = [to, start];
      }
      if (axes.length === 0) kernels.copy(from, 0, 0, 0, 1, at(y), 0, 0, 0, 1, 1, 1, 1, sizeOf(sizes));
      return y;
    });

  return {
    sum: (x, axes) => fold('sum', x, axes),
    max: (x, axes) => fold('maximum', x, axes),
  };
}
