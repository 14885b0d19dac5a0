import { constants } from 'node:os';
import { OptionError } from '@recurra/core';
import { CommanderError } from 'commander';

/** The exit code for an error: 0 for `--help`, 2 for wrong use of the command, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof OptionError ? 2 : 1;
}

/** The signals of Ctrl-C, of a closed terminal, and of a system that shuts down. */
const signals = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;

/**
 * Runs work that Ctrl-C, SIGTERM and SIGHUP abort through its abort signal. A second Ctrl-C ends the process
 * immediately.
 * @returns the result, and the exit code if a signal came, as shells define it: 130, 143, 129
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly exitCode: number | undefined }> {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const abort = (name: (typeof signals)[number]) => {
    exitCode ??= 128 + constants.signals[name];
    process.off('SIGINT', abort);
    controller.abort();
  };
  for (const name of signals) process.on(name, abort);
  try {
    return { result: await work(controller.signal), exitCode };
  } finally {
    for (const name of signals) process.off(name, abort);
  }
}

/**
 * Keeps a command running when the reader of its output is gone (`recurra train | head`, a closed terminal). If output
 * cannot be written for another reason, such as a full disk, the command fails.
 */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'EIO') return;
      process.exitCode = 1;
      if (stream === process.stdout) process.stderr.write(`The output cannot be written: ${error.message}\n`);
    });
  }
}
