import type { Context } from './memory.js';

/** Selects the tasks that run on all threads: those that are faster there or, for tests, all of them. */
export type Share = 'auto' | 'always';

/**
 * Returns a function that runs one of `TASKS`, whose arguments have been written, on this thread or on all of the pool.
 * 'auto' shares the task if `worthSharing` is true; 'always' uses every thread, and begins only when all have joined.
 */
export function taskRunner({ kernels, threads, pool }: Context, share: Share) {
  return (task: number, worthSharing: boolean): void => {
    if (threads === 1 || (share === 'auto' && !worthSharing)) {
      kernels.runTask(task);
    } else {
      pool.beginTask();
      kernels.runTaskOnPool(task, share === 'always' ? threads : 1);
    }
  };
}
