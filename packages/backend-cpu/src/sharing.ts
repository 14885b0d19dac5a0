/* Decides whether the threads of a pool share a task. */

/** How fast this machine is on one thread, and what it costs to share a task with others. `calibrate.ts` measures it. */
export interface SharingCosts {
  /** The multiplications of a product that one thread does in a microsecond. */
  readonly speed: number;
  /** The microseconds until parked threads have joined a task and left it again. */
  readonly wake: number;
  /** The microseconds of a barrier. */
  readonly barrier: number;
}

/** The costs on a machine of 2025 that has nothing else to do, for pools that are not calibrated. */
export const TYPICAL_COSTS: SharingCosts = { speed: 28_000, wake: 60, barrier: 0.3 };

/** The work of a task. Every kind of work is counted in the multiplications of a product that take as long. */
export interface Work {
  readonly multiplications: number;
  /** Those that other threads do in place of this one. */
  readonly shared: number;
  /** The number of times that the threads wait for each other. */
  readonly barriers: number;
}

/** The least part of its time that sharing a task must save: a core that is kept busy for less is better left to others. */
const MIN_SAVING = 0.1;

/** Whether a task takes less time if all threads share it. The others join only after they have woken up. */
export function isWorthSharing(
  { multiplications, shared, barriers }: Work,
  { speed, wake, barrier }: SharingCosts,
): boolean {
  const alone = multiplications / speed;
  const saved = (alone - wake) * (shared / multiplications) - barriers * barrier;
  return saved > MIN_SAVING * alone;
}

/** The least rows of a band if each thread has one, and if it has two: the fewer rows, the more of the time it takes to read U. */
const ONLY_BAND_ROWS = 4;
const BAND_ROWS = 8;
/** The most elements of U for bands, because every thread reads all of U in every step: 2 MiB. */
const MAX_BAND_WEIGHTS = 2 ** 19;

/**
 * The number of bands of rows in which threads share a batch: two for each thread, because one can then be taken by another; or
 * one each; or 1 for the whole batch if there are too few rows, or more than 2 MiB of `weights` (elements of U).
 */
export function bandsOf(batch: number, weights: number, threads: number): number {
  if (threads === 1 || batch < threads * ONLY_BAND_ROWS || weights > MAX_BAND_WEIGHTS) return 1;
  return batch < 2 * threads * BAND_ROWS ? threads : 2 * threads;
}

/** The part of a loop's items that the other threads do, if all items take as long. */
export function partOfOthers(items: number, threads: number): number {
  return items > 0 ? 1 - Math.ceil(items / threads) / items : 0;
}
