import type { Shape, Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import { filler } from './filler.js';
import type { Storage } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

/** The largest number of elements that one thread reduces. */
const CHUNK = 256;

/** Code that combines `value` with `soFar`, which starts as the first element. */
const COMBINE = {
  sum: 'soFar = soFar + value;',
  max: 'soFar = maximum(soFar, value);',
};

/** Sums and maxima over axes. */
export function reduce({
  kernel,
  get,
  add,
  alias,
  drop,
  empty,
  outputOf,
}: Context): Pick<Operations, 'sum' | 'max'> {
  /** x [outer, count, inner] → [outer, parts, inner]: each part is reduced from up to CHUNK elements. */
  const reduceChunks = (
    op: keyof typeof COMBINE,
    x: Storage,
    outer: number,
    count: number,
    inner: number,
  ) => {
    const parts = Math.ceil(count / CHUNK);
    const launch = kernel(op, () => ({
      source: `function (x, count, inner, parts) {
        var i = ${FLAT};
        var group = quotient(i, inner);
        var outer = quotient(group, parts);
        var first = (group - outer * parts) * ${CHUNK};
        var position = (outer * count + first) * inner + i - group * inner;
        var soFar = x[position];
        for (var t = 1; t < ${CHUNK}; t++) {
          if (first + t >= count) { break; }
          position = position + inner;
          var value = x[position];
          ${COMBINE[op]}
        }
        return soFar;
      }`,
      types: ['texture', 'number', 'number', 'number'],
    }));
    return launch(outputOf([outer * parts, inner]), x, count, inner, parts);
  };

  const reduceAxes = (op: keyof typeof COMBINE, x: Tensor, axes: readonly number[]) => {
    let storage = get(x);
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    if (sizeOf(shape) === 0) return empty(shape);
    if (sizeOf(x.shape) === 0) return add(filler(kernel)(outputOf(shape), 0), shape);

    let result: Storage | undefined;
    const sizes = [...x.shape];
    for (const { from, to } of blocksOf(axes)) {
      const outer = sizeOf(sizes.slice(0, from));
      const inner = sizeOf(sizes.slice(to));
      let count = sizeOf(sizes.slice(from, to));
      do {
        storage = reduceChunks(op, storage, outer, count, inner);
        if (result) drop(result);
        result = storage;
        count = Math.ceil(count / CHUNK);
      } while (count > 1);
      sizes.fill(1, from, to);
    }
    return result ? add(result, shape) : alias(x, shape);
  };

  return {
    sum: (x, axes) => reduceAxes('sum', x, axes),
    max: (x, axes) => reduceAxes('max', x, axes),
  };
}

/** Adjacent axes are reduced as one: [0, 2, 1] is one block from 0 to 3. */
function blocksOf(axes: Shape): { from: number; to: number }[] {
  const blocks: { from: number; to: number }[] = [];
  for (const axis of [...axes].sort((a, b) => a - b)) {
    const last = blocks.at(-1);
    if (last && axis <= last.to) last.to = axis + 1;
    else blocks.push({ from: axis, to: axis + 1 });
  }
  return blocks;
}
