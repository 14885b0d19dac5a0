/* Long work lets the event loop have a turn, so that a page stays alive and an abort is heard. */

const longest = 8;
let last = performance.now();

/** Waits one turn of the event loop, if the last was more than 8 ms ago, or in any case. */
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
