/* One system with one number of threads in its own worker, so that it shares no garbage, threads or state with others. */
import libraries from 'bench:libraries';
import { createPageHandler, type PageHandler } from '@recurra/bench/page/handler';
import type { Question } from './protocol.js';

let handler: PageHandler | undefined;

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { system, threads, base, request } = data;
  handler ??= createPageHandler(libraries, base);
  postMessage(await handler(system, threads, request));
});
