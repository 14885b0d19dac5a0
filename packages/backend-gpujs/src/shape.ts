import type { Shape, Tensor } from '@recurra/core';
import { checkShape, type Operations, sizeOf, stridesOf } from '@recurra/core/backend';
import { NAME } from './device.js';
import { filler } from './filler.js';
import type { Storage } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT, fourAxes, lastThree } from './strides.js';

/** The largest number of tensors that one kernel joins. */
const JOINED = 8;

/** Operations that only move elements. */
export function shape({
  kernel,
  get,
  add,
  alias,
  drop,
  empty,
  outputOf,
}: Context): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  /** The elements of `x` from index `start` on, with these strides. */
  const pick = (x: Tensor, shape: Shape, strides: readonly number[], start: number) => {
    const storage = get(x);
    if (sizeOf(shape) === 0) return empty(shape);
    const launch = kernel('pick', () => ({
      // x of any shape → four axes, of which dims has the last three.
      source: `function (x, start, dims, strides) { return x[start + stridedIndex(${FLAT}, dims, strides)]; }`,
      types: ['texture', 'number', 'vector3', 'vector4'],
    }));
    return add(launch(outputOf(shape), storage, start, lastThree(shape), fourAxes(strides, 0)), shape);
  };

  /** Joins up to JOINED arrays [outer, length, inner] along the middle axis. `ends` has the cumulative lengths. */
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
      temporary: true,
    };
  };

  return {
    reshape: alias,

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
        .map((x, i) => ({ storage: storages[i], length: x.shape[axis], temporary: false }))
        .filter(({ length }) => length > 0);
      const outer = sizeOf(shape.slice(0, axis));
      const inner = sizeOf(shape.slice(axis + 1));
      do {
        const joined: Part[] = [];
        for (let i = 0; i < parts.length; i += JOINED) {
          joined.push(join(parts.slice(i, i + JOINED), outer, inner));
        }
        for (const { storage, temporary } of parts) if (temporary) drop(storage);
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

interface Part {
  readonly storage: Storage;
  readonly length: number;
  /** An intermediate result, to be freed. */
  readonly temporary: boolean;
}

const NAMES = Array.from({ length: JOINED }, (_, i) => `x${i}`);
const JOIN_TYPES = [...NAMES.map(() => 'texture' as const), 'number', 'vector4', 'vector4'] as const;
/** x0 … x7, each [outer, length, inner] → [outer, total, inner] */
const JOIN = `function (${NAMES.join(', ')}, inner, ends, laterEnds) {
  var i = ${FLAT};
  var row = quotient(i, inner);
  var total = laterEnds[3];
  var outer = quotient(row, total);
  var position = row - outer * total;
  var column = i - row * inner;
  ${NAMES.map((name, n) => {
    const end = (k: number) => (k < 4 ? `ends[${k}]` : `laterEnds[${k - 4}]`);
    const start = n === 0 ? '0' : end(n - 1);
    return `if (position < ${end(n)}) { return ${name}[(outer * (${end(n)} - ${start}) + position - ${start}) * inner + column]; }`;
  }).join('\n  ')}
  return 0;
}`;
