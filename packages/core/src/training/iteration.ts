import { checkAborted } from '../abort.js';
import { yieldToEventLoop } from '../event-loop.js';

/** Yields each item with a flag that marks the last one. It reads one item ahead. */
export async function* markLast<T>(source: AsyncIterable<T>): AsyncGenerator<{ item: T; last: boolean }> {
  let held: { item: T } | undefined;
  for await (const item of source) {
    if (held) yield { ...held, last: false };
    held = { item };
  }
  if (held) yield { ...held, last: true };
}

/** Yields to the event loop. @throws Aborted if the signal is aborted */
export async function yieldUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await yieldToEventLoop();
  checkAborted(signal);
}
