import type { RecurrentSpec } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Products of a step, below which the threads would wait for each other longer than they work. */
const STEP_WORTH_SHARING = 30_000;
/** Products of a walk, below which it takes longer to wake the threads. */
const WALK_WORTH_SHARING = 4_000_000;
/** Products that one thread does while it waits for another that the system has put aside, twice over. */
const PRODUCTS_LOST_BY_WAITING = 1_600_000;
/** After how much more of the same work the team is tried again, at most. */
const MOST_TIMES_ALONE = 64;

/** Which walks are run on the whole team. */
export type Share = 'auto' | 'always';

/**
 * Runs walks of G·H = `width` on the whole team or on this thread alone: with 'auto' by their size, and by how it went lately.
 * After one in which waiting cost more than sharing won, as much again is done alone; twice that if the next one fails too, and
 * so on.
 */
export function walkRunner({ kernels, threads, team }: Arrays, share: Share) {
  const runTogether = (kernel: number) => {
    if (team.lost) throw team.lost;
    return kernels.runWalk(kernel, true);
  };
  /** Products that are still to be done alone. */
  let alone = 0;
  let timesAlone = 1;
  return (kernel: number, { time, batch, inputSize, units }: RecurrentSpec, width: number): void => {
    if (threads > 1 && share === 'always') return void runTogether(kernel);
    const products = time * batch * width * (inputSize + units);
    const large = batch * width * units >= STEP_WORTH_SHARING && products >= WALK_WORTH_SHARING;
    if (threads === 1 || !large) return void kernels.runWalk(kernel, false);
    if (products <= alone) {
      alone -= products;
      return void kernels.runWalk(kernel, false);
    }
    const waits = runTogether(kernel);
    const failed = waits * PRODUCTS_LOST_BY_WAITING > products;
    alone = failed ? timesAlone * products : 0;
    timesAlone = failed ? Math.min(2 * timesAlone, MOST_TIMES_ALONE) : 1;
  };
}
