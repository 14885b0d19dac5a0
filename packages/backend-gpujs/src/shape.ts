import type { Shape, Tensor } from '@recurra/core';
import { checkShape, type Operations, sizeOf, stridesOf } from '@recurra/core/backend';
import { NAME } from './device.js';
import type { Kernels, Launch, Storage } from './kernels.js';
import { FLAT, fourAxes, lastThree } from './strides.js';
import type { Arrays } from './textures.js';

/** How many tensors one kernel joins. */
const JOINED = 8;

/** Operations that only move elements. */
export function shape({
  kernel,
  get,
  add,
  share,
  drop,
  empty,
  outputOf,
}: Arrays): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  /** The elements of `x` that lie `strides` apart from `start` on. */
  const pick = (x: Tensor, shape: Shape, strides: readonly number[], start: number) => {
    const storage = get(x);
    if (sizeOf(shape) === 0) return empty(shape);
    const launch = kernel('pick', () => ({
      source: `function (x, start, dims, strides) { return x[start + place(${FLAT}, dims, strides)]; }`,
      types: ['texture', 'number', 'vector3', 'vector4'],
    }));
    return add(launch(outputOf(shape), storage, start, lastThree(shape), fourAxes(strides, 0)), shape);
  };

  /** Up to JOINED arrays of [outer, length, inner], end to end along the middle; the lengths are in `ends`, added up. */
  const join = (parts: readonly Part[], outer: number, inner: number): Part => {
    const launch = kernel('concat', () => ({ source: JOIN, types: JOIN_TYPES }));
    const full = Array.from({ length: JOINED }, (_, i) => parts[i] ?? { ...parts[0], length: 0 });
    let length = 0;
    const ends = full.map((part) => {
      length += part.length;
      return length;
    });
    const storages = full.map(({ storage }) => storage);
    const output = outputOf([outer, length * inner]);
    return {
      storage: launch(output, ...storages, inner, ends.slice(0, 4), ends.slice(4)),
      length,
      own: true,
    };
  };

  return {
    reshape: share,

    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      return pick(
        x,
        permutation.map((axis) => x.shape[axis]),
        permutation.map((axis) => strides[axis]),
        0,
      );
    },

    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const start = begin.reduce((sum, index, axis) => sum + index * strides[axis], 0);
      return pick(x, size, strides, start);
    },

    concat(xs, axis) {
      const storages = xs.map(get);
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      if (sizeOf(shape) === 0) return empty(shape);
      let parts: Part[] = xs
        .map((x, i) => ({ storage: storages[i], length: x.shape[axis], own: false }))
        .filter(({ length }) => length > 0);
      const outer = sizeOf(shape.slice(0, axis));
      const inner = sizeOf(shape.slice(axis + 1));
      do {
        const joined: Part[] = [];
        for (let i = 0; i < parts.length; i += JOINED) {
          joined.push(join(parts.slice(i, i + JOINED), outer, inner));
        }
        for (const { storage, own } of parts) if (own) drop(storage);
        parts = joined;
      } while (parts.length > 1);
      return add(parts[0].storage, shape);
    },

    fill(shape, value) {
      return checkShape(NAME, shape) === 0
        ? empty(shape)
        : add(filler(kernel)(outputOf(shape), value), shape);
    },
  };
}

/** The kernel that makes every element its argument. */
export function filler(kernel: Kernels['of']): Launch {
  return kernel('fill', () => ({ source: 'function (value) { return value; }', types: ['number'] }));
}

interface Part {
  readonly storage: Storage;
  readonly length: number;
  /** Made on the way to the result. */
  readonly own: boolean;
}

const NAMES = Array.from({ length: JOINED }, (_, i) => `x${i}`);
const JOIN_TYPES = [...NAMES.map(() => 'texture' as const), 'number', 'vector4', 'vector4'] as const;
const JOIN = `function (${NAMES.join(', ')}, inner, ends, laterEnds) {
  var i = ${FLAT};
  var row = quotient(i, inner);
  var total = laterEnds[3];
  var outer = quotient(row, total);
  var at = row - outer * total;
  var column = i - row * inner;
  ${NAMES.map((name, n) => {
    const end = (k: number) => (k < 4 ? `ends[${k}]` : `laterEnds[${k - 4}]`);
    const start = n === 0 ? '0' : end(n - 1);
    return `if (at < ${end(n)}) { return ${name}[(outer * (${end(n)} - ${start}) + at - ${start}) * inner + column]; }`;
  }).join('\n  ')}
  return 0;
}`;
