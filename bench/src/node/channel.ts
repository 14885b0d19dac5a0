/* The channel to a system in a separate process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Channel, type Reply, type Request, timeoutMs } from '../worker.js';

export function openProcess(system: string, threads: number): Channel {
  const child = fork(fileURLToPath(new URL('worker.js', import.meta.url)), [system, `${threads}`], {
    serialization: 'advanced',
    // Libraries may print to the standard output.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return {
    runtime: `Node ${process.versions.node}`,
    send: (request) => send(child, request),
    // The process then exits by itself, after its own clean-up.
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

async function send(child: ChildProcess, request: Request): Promise<Reply> {
  if (!child.connected) throw new Error('its process has ended');
  const control = new AbortController();
  const { signal } = control;
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    const ended = once(child, 'exit', { signal });
    const answered = once(child, 'message', { signal });
    child.send(request);
    const [reply] = await Promise.race([answered, ended.then(() => [{ error: 'its process ended' }])]);
    return reply;
  } finally {
    clearTimeout(timer);
    control.abort();
  }
}
