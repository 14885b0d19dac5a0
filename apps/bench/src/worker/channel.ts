/* The channel from the schedule to a system in its own worker. */
import { type Answer, type Line, patienceMs, type Request } from '@recurra/bench/lane';
import type { PageSystem } from '@recurra/bench/systems/in-page';
import type { Question, RunOptions } from './protocol.js';

export function workerChannel(
  system: PageSystem,
  threads: number,
  { base, browser }: Pick<RunOptions, 'base' | 'browser'>,
): Line {
  const worker = new Worker(new URL('./system.ts', import.meta.url), { type: 'module' });
  let ended: string | undefined;
  const ask = (request: Request) =>
    new Promise<Answer>((resolve, reject) => {
      const fail = (reason: string) => {
        ended = reason;
        worker.terminate();
        reject(new Error(reason));
      };
      if (ended) return reject(new Error(ended));
      const seconds = patienceMs / 1000;
      const timer = setTimeout(() => fail(`it took longer than ${seconds} s`), patienceMs);
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        clearTimeout(timer);
        resolve(data);
      };
      worker.onerror = (event) => {
        // Only this system has failed, so the run goes on.
        event.preventDefault();
        clearTimeout(timer);
        fail(event.message || 'its worker could not be loaded');
      };
      worker.postMessage({ system, threads, base, request } satisfies Question);
    });
  return { runtime: browser, ask, close: () => worker.terminate() };
}
