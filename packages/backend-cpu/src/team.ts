import type { RecurrentSpec } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Products of a step, below which the threads would wait for each other longer than they work. */
const STEP_WORTH_SHARING = 30_000;
/** Products of a walk, below which it takes longer to wake the threads. */
const WALK_WORTH_SHARING = 4_000_000;
/** Products that one thread does while it waits for another that the system has put aside, twice over. */
const PRODUCTS_LOST_BY_WAITING = 1_600_000;
/** Walks that are done alone after one in which waiting cost more than sharing won. */
const WALKS_ALONE = 50;

/** Runs walks of G·H = `width` on the whole team or on this thread alone: by their size, and by how it went lately. */
export function walkRunner({ kernels, threads }: Arrays) {
  let alone = 0;
  return (kernel: number, { time, batch, inputSize, units }: RecurrentSpec, width: number): void => {
    const products = time * batch * width * (inputSize + units);
    const large = batch * width * units >= STEP_WORTH_SHARING && products >= WALK_WORTH_SHARING;
    const together = threads > 1 && large && alone === 0;
    if (large && alone > 0) alone -= 1;
    const waits = kernels.runWalk(kernel, together);
    if (waits * PRODUCTS_LOST_BY_WAITING > products) alone = WALKS_ALONE;
  };
}
