/* Long work yields to the event loop, to keep a page responsive and to detect aborts. */

const longest = 8;
let last = performance.now();

/** Whether the last yield was 8 ms ago or more. */
export function isTimeToYield(): boolean {
  return performance.now() - last >= longest;
}

/**
 * Yields to the event loop, unless the last yield was less than 8 ms ago.
 * @param always yield even if the last yield was recent. Default false
 */
export async function yieldToEventLoop(always = false): Promise<void> {
  if (!always && !isTimeToYield()) return;
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
  last = performance.now();
}
