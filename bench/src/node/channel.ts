/* The channel to a system in a separate process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Channel, type Reply, type Request, timeoutMs } from '../worker.js';

/** @param checkout the folder of another checkout of Recurra whose packages are measured. Default: this one's */
export function openProcess(system: string, threads: number, checkout?: string): Channel {
  const child = fork(fileURLToPath(new URL('worker.js', import.meta.url)), [system, `${threads}`], {
    execArgv:
      checkout === undefined ? process.execArgv : [...process.execArgv, '--import', hooksFor(checkout)],
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

/** The address of a module that registers checkout-hooks.js. */
function hooksFor(checkout: string): string {
  const hooks = new URL('checkout-hooks.js', import.meta.url).href;
  const options = JSON.stringify({ data: pathToFileURL(`${checkout}/`).href });
  const source = `import { register } from 'node:module'; register(${JSON.stringify(hooks)}, ${options});`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
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
