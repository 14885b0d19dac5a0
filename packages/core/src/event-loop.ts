/* Long work yields to the event loop, so that a page stays responsive and an abort is noticed. */

const longest = 8;
let last = performance.now();

/**
 * Lets the event loop run once, unless it ran less than 8 ms ago.
 * @param always yield in any case. Default false
 */
export async function yieldToEventLoop(always = false): Promise<void> {
  if (!always && performance.now() - last < longest) return;
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
