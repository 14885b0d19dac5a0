import { constants } from 'node:os';
import { OptionError } from '@recurra/core';
import { CommanderError } from 'commander';

/** 0 for help that was asked for; 2 for a wrong use of the command; 1 for all else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof OptionError ? 2 : 1;
}

/** What a user, a terminal that is closed, and a system that shuts down send to end a command. */
const endings = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;

/**
 * Does work with an abort signal that Ctrl-C, SIGTERM and SIGHUP abort. A second Ctrl-C ends the process at once.
 * @returns what the work gave, and what shells give to a command that such a signal ended: 130, 143, 129
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly exitCode: number | undefined }> {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const abort = (name: (typeof endings)[number]) => {
    exitCode ??= 128 + constants.signals[name];
    process.off('SIGINT', abort);
    controller.abort();
  };
  for (const name of endings) process.on(name, abort);
  try {
    return { result: await work(controller.signal), exitCode };
  } finally {
    for (const name of endings) process.off(name, abort);
  }
}

/**
 * Lets a command go on when whoever read its output has gone: `recurra train | head`, or a terminal that was closed.
 * Output that cannot be written for another reason, such as a full disk, is a failure.
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
