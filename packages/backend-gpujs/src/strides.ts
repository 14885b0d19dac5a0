import type { Shape } from '@recurra/core';

/** The number of the element that a thread computes. */
export const FLAT = 'this.thread.x + this.thread.y * this.output.x';

/** The last three of a shape's four dimensions; kernels do not need the first. */
export function lastThree(shape: Shape): readonly number[] {
  return fourAxes(shape, 1).slice(1);
}

/** `numbers`, one for each axis, with `filler` for the axes that are missing in front. */
export function fourAxes(numbers: readonly number[], filler: number): number[] {
  return [...Array<number>(4 - numbers.length).fill(filler), ...numbers];
}
