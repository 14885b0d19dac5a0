/* One system, with one number of threads, in a worker of its own: none has another's garbage, threads or state. */
import libraries from 'bench:libraries';
import { createPageHandler, type PageHandler } from '@recurra/bench/page/handler';
import type { Question } from './protocol.js';

let handler: PageHandler | undefined;

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { system, threads, base, request } = data;
  handler ??= createPageHandler(libraries, base);
  postMessage(await handler(system, threads, request));
});
