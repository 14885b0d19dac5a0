import type { RecurrentSpec } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** Multiplications in a step, below which the threads would wait for each other longer than they compute. */
const MIN_STEP_WORK = 30_000;
/** Multiplications in a scan, below which waking the threads takes longer than it saves. */
const MIN_SCAN_WORK = 4_000_000;

/** Selects the scans that run on all threads: those that are faster there or, for tests, all of them. */
export type Share = 'auto' | 'always';

/**
 * Returns a function that runs a scan with gates of G·H = `width` columns, on this thread or on all of the
 * pool. 'auto' decides by the amount of work; 'always' uses every thread, and begins only when all have
 * joined.
 */
export function scanRunner({ kernels, threads, pool }: Context, share: Share) {
  return (scan: number, { time, batch, inputSize, units }: RecurrentSpec, width: number): void => {
    const stepIsLarge = batch * width * units >= MIN_STEP_WORK;
    const scanIsLarge = time * batch * width * (inputSize + units) >= MIN_SCAN_WORK;
    const worthSharing = share === 'always' || (stepIsLarge && scanIsLarge);
    if (threads === 1 || !worthSharing) {
      kernels.runScan(scan);
    } else {
      pool.beginScan();
      kernels.runScanOnPool(scan, share === 'always' ? threads : 1);
    }
  };
}
