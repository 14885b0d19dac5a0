import { OptionError } from '@recurra/core';
import { CommanderError } from 'commander';

/** 0 for help that was asked for; 2 for a wrong use of the command; 1 for all else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof OptionError ? 2 : 1;
}

/** What shells give to a command that Ctrl-C ended. */
export const interrupted = 130;

/** Does work with a signal that Ctrl-C aborts. A second Ctrl-C ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', abort);
  }
}
