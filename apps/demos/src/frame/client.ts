/* The page's side of the channel to a worker. */
import type { Calls, Events, Reply, Request } from '../worker/protocol.js';

export type Listeners = { readonly [Name in keyof Events]?: (detail: Events[Name]) => void };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Client {
  readonly #worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;

  /** @param currentRun the training whose events are handled; events of earlier ones may still arrive */
  constructor(listeners: Listeners = {}, currentRun = () => 0) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if ('event' in data) {
        const listener = listeners[data.event] as ((detail: unknown) => void) | undefined;
        if (data.run === currentRun()) listener?.(data.detail);
        return;
      }
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('error' in data) waiting?.reject(new Error(data.error));
      else waiting?.resolve(data.result);
    });
    this.#worker.addEventListener('error', ({ message }) => {
      const error = new Error(message || 'the worker could not be loaded');
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  call<Name extends keyof Calls>(call: Name, argument?: Parameters<Calls[Name]>[0]): ReturnType<Calls[Name]> {
    const id = ++this.#id;
    const result = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.#worker.postMessage({ id, call, argument } as Request);
    return result as ReturnType<Calls[Name]>;
  }

  close(): void {
    this.#worker.terminate();
  }
}

/** Makes one call to a separate worker, so that the training continues meanwhile. */
export async function callAside<Name extends 'baselines' | 'compare' | 'missing'>(
  name: Name,
  argument?: Parameters<Calls[Name]>[0],
): Promise<Awaited<ReturnType<Calls[Name]>>> {
  const client = new Client();
  try {
    return (await client.call(name, argument)) as Awaited<ReturnType<Calls[Name]>>;
  } finally {
    client.close();
  }
}
