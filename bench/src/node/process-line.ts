/* The way to a system in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Answer, type Line, patienceMs, type Request } from '../lane.js';

export function processLine(system: string, threads: number): Line {
  const child = fork(fileURLToPath(new URL('lane-process.js', import.meta.url)), [system, `${threads}`], {
    serialization: 'advanced',
    // Libraries greet.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return {
    runtime: `Node ${process.versions.node}`,
    ask: (request) => ask(child, request),
    // It exits by itself then, and clears up.
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

async function ask(child: ChildProcess, request: Request): Promise<Answer> {
  if (!child.connected) throw new Error('its process has ended');
  const control = new AbortController();
  const { signal } = control;
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  try {
    const ended = once(child, 'exit', { signal });
    const answered = once(child, 'message', { signal });
    child.send(request);
    const [answer] = await Promise.race([answered, ended.then(() => [{ error: 'its process ended' }])]);
    return answer;
  } finally {
    clearTimeout(timer);
    control.abort();
  }
}
