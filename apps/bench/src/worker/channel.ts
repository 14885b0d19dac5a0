/* The channel from the schedule to a system in its own worker. */
import { type Channel, type Reply, type Request, timeoutMs } from '@recurra/bench/worker';
import type { Question, RunOptions } from './protocol.js';

export function workerChannel(
  system: string,
  threads: number,
  { base, browser }: Pick<RunOptions, 'base' | 'browser'>,
): Channel {
  const worker = new Worker(new URL('./system.ts', import.meta.url), { type: 'module' });
  let ended: string | undefined;
  const send = (request: Request) =>
    new Promise<Reply>((resolve, reject) => {
      const fail = (reason: string) => {
        ended = reason;
        worker.terminate();
        reject(new Error(reason));
      };
      if (ended) return reject(new Error(ended));
      const seconds = timeoutMs / 1000;
      const timer = setTimeout(() => fail(`it took longer than ${seconds} s`), timeoutMs);
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        clearTimeout(timer);
        resolve(data);
      };
      worker.onerror = (event) => {
        // Only this system has failed, so the run continues.
        event.preventDefault();
        clearTimeout(timer);
        fail(event.message || 'its worker could not be loaded');
      };
      worker.postMessage({ system, threads, base, request } satisfies Question);
    });
  return { runtime: browser, send, close: () => worker.terminate() };
}
