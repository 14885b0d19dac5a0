/* Runs a part in a process, and reports how it ended. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface Ending {
  readonly status: 'passed' | 'failed' | 'out of time';
  readonly seconds: number;
}

/** After this time, a process that was asked to end is killed. */
const graceMs = 3000;

/**
 * @param command a script of Node and its arguments
 * @param log the file for its output
 * @param env environment variables in addition to those of this process
 * @param signal ends the part: it is then out of time
 */
export async function runPart(
  command: readonly string[],
  {
    log,
    seconds,
    env,
    signal,
  }: { log: string; seconds: number; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<Ending> {
  const start = performance.now();
  const output = openSync(log, 'w');
  // In a group of its own, so that its own processes can be ended with it. Chromium ends when its pipe closes.
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
    detached: true,
  });
  closeSync(output);
  let late = false;
  let killing: NodeJS.Timeout | undefined;
  const end = () => {
    late = true;
    kill(child.pid, 'SIGTERM');
    killing = setTimeout(() => kill(child.pid, 'SIGKILL'), graceMs);
  };
  const timer = setTimeout(end, seconds * 1000);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  clearTimeout(timer);
  clearTimeout(killing);
  signal.removeEventListener('abort', end);
  kill(child.pid, 'SIGKILL');
  const status = code === 0 ? 'passed' : late ? 'out of time' : 'failed';
  return { status, seconds: (performance.now() - start) / 1000 };
}

/** Ends a group of processes, unless it has ended. */
function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
