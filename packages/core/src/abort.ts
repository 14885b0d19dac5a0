/* How an AbortSignal reaches work that waits for the application: for a data source, or the function `save`. */

/** Thrown to leave a training whose signal was aborted. The run catches it; no user sees it. */
export class Aborted extends Error {}

/** @throws Aborted if `signal` is aborted */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Aborted();
}

/**
 * The result of `work`, unless `signal` is aborted first. Nobody then waits for `work` any longer, and a later failure of it
 * is not reported.
 * @throws Aborted as soon as the signal is aborted
 */
export async function unlessAborted<T>(work: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  checkAborted(signal);
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Aborted());
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * The items of `source`, for as long as `signal` is not aborted. The source is always closed (`return`). Where the signal is
 * aborted while the source is asked for an item, it is closed without waiting for either.
 * @throws Aborted as soon as the signal is aborted
 */
export async function* untilAborted<T>(
  source: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  if (!signal || !(Symbol.asyncIterator in source)) {
    for await (const item of source) {
      checkAborted(signal);
      yield item;
    }
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  let asked: Promise<unknown> | undefined;
  try {
    for (;;) {
      asked = iterator.next();
      const next = await unlessAborted(asked as Promise<IteratorResult<T>>, signal);
      asked = undefined;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const closed = Promise.resolve(iterator.return?.());
    if (!asked) await closed;
    else closed.catch(() => {});
  }
}
