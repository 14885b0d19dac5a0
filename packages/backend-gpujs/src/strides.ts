import type { Shape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';

/** The number of the element that a thread computes. */
export const FLAT = 'this.thread.x + this.thread.y * this.output.x';

/** For each of four axes, how far apart two neighbours along it are; 0 where the element repeats. */
export type Broadcast = readonly [number, number, number, number];

/** For each axis, how far apart two neighbours along it are. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The strides by which an array of shape `from` fills one of shape `to`, as four axes. */
export function broadcastStrides(from: Shape, to: Shape): Broadcast {
  const strides = stridesOf(from);
  return fourAxes(
    to.map((_, axis) => {
      const own = axis - to.length + from.length;
      return own < 0 || from[own] === 1 ? 0 : strides[own];
    }),
    0,
  );
}

/** The last three of a shape's four dimensions; kernels do not need the first. */
export function lastThree(shape: Shape): readonly number[] {
  return fourAxes(shape, 1).slice(1);
}

/** `numbers`, one for each axis, with `filler` for the axes that are missing in front. */
export function fourAxes(numbers: readonly number[], filler: number): Broadcast {
  return [...Array<number>(4 - numbers.length).fill(filler), ...numbers] as unknown as Broadcast;
}
