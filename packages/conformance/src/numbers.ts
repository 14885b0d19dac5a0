/*
 * The numbers that cases use. They are the same in every run and exact in float32, so that every backend gets
 * equal inputs.
 */

import type { Backend, NDArray, Shape, Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';

/** An array on the host: row-major elements and a shape. */
export interface Values {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/** Sizes on both sides of the tile, block and SIMD-width edges of kernels. */
export const EDGES = [1, 3, 47, 48, 49, 63, 64, 65];

/** A form of an operation as text, from its shapes, axes and sizes. */
export function form<Parts extends unknown[]>(...parts: Parts): Parts {
  return parts;
}

/** A stream of numbers in [0, 1) from a seed (mulberry32, T. Ettinger 2017). */
function stream(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` numbers from `low` to `high`. */
export function uniform(count: number, seed: number, low = -1, high = 1): number[] {
  const next = stream(seed);
  // A loop, because Array.from takes several times as long, and the suite makes many numbers.
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) numbers.push(Math.fround(low + (high - low) * next()));
  return numbers;
}

/** `count` whole numbers from 0 to `below` − 1. */
export function whole(count: number, seed: number, below: number): number[] {
  return uniform(count, seed, 0, 1).map((value) => Math.min(below - 1, Math.floor(value * below)));
}

/** Whole numbers of a shape from −reach to reach: sums of them below 2²⁴ are exact in float32, in any order. */
export function wholeNumbers(shape: Shape, seed: number, reach: number): { shape: Shape; data: number[] } {
  return { shape, data: whole(sizeOf(shape), seed, 2 * reach + 1).map((value) => value - reach) };
}

/**
 * `count` shuffled numbers that differ from each other and from 0 by at least `step`: for functions with a
 * kink or a maximum.
 */
export function spread(count: number, seed: number, step = 0.125): number[] {
  const keys = uniform(count, seed);
  const order = keys.map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
  return order.map((rank) => (rank - Math.floor(count / 2) + 0.5) * step);
}

/** An array of `shape`, each element `f` of its index. */
export function build(
  shape: Shape,
  f: (index: readonly number[]) => number,
): { shape: Shape; data: number[] } {
  const index = shape.map(() => 0);
  const data = Array.from({ length: sizeOf(shape) }, () => {
    const value = f(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
    return value;
  });
  return { shape, data };
}

/** The element at `index` of `values`, or of an array that `values` is broadcast to. */
export function at({ shape, data }: Values, index: readonly number[]): number {
  const extra = index.length - shape.length;
  const offset = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : index[axis + extra]), 0);
  return data[offset];
}

/** Random numbers of a shape. */
export function random(shape: Shape, seed: number, low = -1, high = 1): { shape: Shape; data: number[] } {
  return { shape, data: uniform(sizeOf(shape), seed, low, high) };
}

/** A matrix transposed. */
export function transposed({ data, shape: [rows, columns] }: Values): Values {
  return build([columns, rows], ([column, row]) => data[row * columns + column]);
}

/** A tensor as an array on the host. */
export async function read(backend: Backend, x: Tensor): Promise<Values> {
  return { data: await backend.read(x), shape: x.shape };
}

/** The values in the form that core expects. */
export function array({ data, shape }: Values): NDArray {
  return { data: Float64Array.from(data), shape };
}

/** [T, B, F] as B sequences of T frames. */
export function fromTimeMajor(values: Values): number[][][] {
  const [T, B, F] = values.shape;
  const list = <Item>(count: number, item: (i: number) => Item) =>
    Array.from({ length: count }, (_, i) => item(i));
  return list(B, (b) => list(T, (t) => list(F, (f) => at(values, [t, b, f]))));
}
