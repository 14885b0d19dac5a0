import type { Shape } from '@recurra/core';

/** The index of the element that a thread computes. */
export const FLAT = 'this.thread.x + this.thread.y * this.output.x';

/** The last three of a shape's four dimensions. Kernels do not need the first. */
export function lastThree(shape: Shape): readonly number[] {
  return fourAxes(shape, 1).slice(1);
}

/** Extends `numbers`, one for each axis, to four axes, with `filler` in front. */
export function fourAxes(numbers: readonly number[], filler: number): number[] {
  return [...Array<number>(4 - numbers.length).fill(filler), ...numbers];
}
