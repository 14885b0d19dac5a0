import type { Shape, Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Storage } from './kernels.js';
import { filler } from './shape.js';
import { FLAT } from './strides.js';
import type { Arrays } from './textures.js';

/** The most elements that one thread takes into one. */
const CHUNK = 256;

/** How `value` is taken into `soFar`, which begins as the first element. */
const FOLDS = {
  sum: 'soFar = soFar + value;',
  max: 'soFar = maximum(soFar, value);',
};

/** Operations that make many elements into one. */
export function reduce({
  kernel,
  get,
  add,
  share,
  drop,
  empty,
  outputOf,
}: Arrays): Pick<Operations, 'sum' | 'max'> {
  /** x as [outer, count, inner] to [outer, parts, inner]: each part is made of up to CHUNK elements. */
  const step = (op: keyof typeof FOLDS, x: Storage, outer: number, count: number, inner: number) => {
    const parts = Math.ceil(count / CHUNK);
    const launch = kernel(op, () => ({
      source: `function (x, count, inner, parts) {
        var i = ${FLAT};
        var group = quotient(i, inner);
        var outer = quotient(group, parts);
        var first = (group - outer * parts) * ${CHUNK};
        var at = (outer * count + first) * inner + i - group * inner;
        var soFar = x[at];
        for (var t = 1; t < ${CHUNK}; t++) {
          if (first + t >= count) { break; }
          at = at + inner;
          var value = x[at];
          ${FOLDS[op]}
        }
        return soFar;
      }`,
      types: ['texture', 'number', 'number', 'number'],
    }));
    return launch(outputOf([outer * parts, inner]), x, count, inner, parts);
  };

  const fold = (op: keyof typeof FOLDS, x: Tensor, axes: readonly number[]) => {
    let storage = get(x);
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    if (sizeOf(shape) === 0) return empty(shape);
    if (sizeOf(x.shape) === 0) return add(filler(kernel)(outputOf(shape), 0), shape);

    let made: Storage | undefined;
    const left = [...x.shape];
    for (const { from, to } of blocksOf(axes)) {
      const outer = sizeOf(left.slice(0, from));
      const inner = sizeOf(left.slice(to));
      let count = sizeOf(left.slice(from, to));
      do {
        storage = step(op, storage, outer, count, inner);
        if (made) drop(made);
        made = storage;
        count = Math.ceil(count / CHUNK);
      } while (count > 1);
      left.fill(1, from, to);
    }
    return made ? add(made, shape) : share(x, shape);
  };

  return {
    sum: (x, axes) => fold('sum', x, axes),
    max: (x, axes) => fold('max', x, axes),
  };
}

/** Axes that lie side by side in memory are reduced as one: [0, 2, 1] is one block from 0 to 3. */
function blocksOf(axes: Shape): { from: number; to: number }[] {
  const blocks: { from: number; to: number }[] = [];
  for (const axis of [...axes].sort((a, b) => a - b)) {
    const last = blocks.at(-1);
    if (last && axis <= last.to) last.to = axis + 1;
    else blocks.push({ from: axis, to: axis + 1 });
  }
  return blocks;
}
