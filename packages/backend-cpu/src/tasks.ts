import type { Context } from './memory.js';
import { isWorthSharing, type Work } from './sharing.js';

/** Selects the tasks that run on all threads: those that are faster there or, for tests, all of them. */
export type Share = 'auto' | 'always';

/**
 * Returns a function that runs one of `TASKS`, whose arguments have been written, on this thread or on all of the pool.
 * 'auto' shares the task if that is faster; 'always' uses every thread, and begins only when all have joined.
 */
export function taskRunner<Spec>(
  { kernels, threads, pool }: Context,
  share: Share,
  workOf: (spec: Spec, threads: number) => Work,
) {
  return (task: number, spec: Spec): void => {
    if (threads === 1 || (share === 'auto' && !isWorthSharing(workOf(spec, threads), pool.costs))) {
      kernels.runTask(task);
    } else {
      pool.beginTask();
      kernels.runTaskOnPool(task, share === 'always' ? threads : 1);
    }
  };
}

/** Writes arguments of a task to their indices in the array of all. Those that are left out keep a value that the task does not read. */
export function writeArgs<Name extends string>(
  args: Int32Array,
  indices: Readonly<Record<Name, number>>,
  values: Readonly<Partial<Record<Name, number>>>,
): void {
  for (const name in values) args[indices[name]] = values[name] as number;
}
