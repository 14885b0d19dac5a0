/* Applies an AbortSignal to work that waits for the application: for a data source, or for the function `save`. */

/** Thrown internally to stop a training whose signal is aborted. The run catches it, so users never see it. */
export class Aborted extends Error {}

/** @throws Aborted if `signal` is aborted */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Aborted();
}

/**
 * Waits for `work` unless `signal` is aborted first. After an abort, the result of `work` is ignored, even if it fails.
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
 * Yields the items of `source` until `signal` is aborted. The source is always closed (`return`). If the signal is
 * aborted while an item is pending, this function does not wait for the item or for the closing.
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
  let pending: Promise<unknown> | undefined;
  try {
    for (;;) {
      pending = iterator.next();
      const next = await unlessAborted(pending as Promise<IteratorResult<T>>, signal);
      pending = undefined;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const closed = Promise.resolve(iterator.return?.());
    if (!pending) await closed;
    else closed.catch(() => {});
  }
}
