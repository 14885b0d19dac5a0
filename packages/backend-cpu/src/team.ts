import type { RecurrentSpec } from '@recurra/core';
import type { Arrays } from './memory.js';

/** Products of a step, below which the threads would wait for each other longer than they work. */
const STEP_WORTH_SHARING = 30_000;
/** Products of a walk, below which it takes longer to wake the threads. */
const WALK_WORTH_SHARING = 4_000_000;

/** Which walks are run on the whole team. */
export type Share = 'auto' | 'always';

/**
 * Runs walks of G·H = `width` on the whole team or on this thread alone: with 'auto' by their size; with 'always' every one, and
 * only once all threads are there.
 */
export function walkRunner({ kernels, threads, team }: Arrays, share: Share) {
  return (kernel: number, { time, batch, inputSize, units }: RecurrentSpec, width: number): void => {
    const stepIsLarge = batch * width * units >= STEP_WORTH_SHARING;
    const walkIsLarge = time * batch * width * (inputSize + units) >= WALK_WORTH_SHARING;
    const worthSharing = share === 'always' || (stepIsLarge && walkIsLarge);
    if (threads === 1 || !worthSharing) {
      kernels.runWalk(kernel);
    } else {
      team.begin();
      kernels.runTogether(kernel, share === 'always' ? threads : 1);
    }
  };
}
