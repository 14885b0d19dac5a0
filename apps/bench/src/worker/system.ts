/* One system with one number of threads in its own worker, so that it shares no garbage, threads or state with others. */
import libraries from 'bench:libraries';
import { answerer } from '@recurra/bench/answerer';
import { hostOf } from '@recurra/bench/page/host';
import { systemsInPage } from '@recurra/bench/systems/in-page';
import type { Question } from './protocol.js';

let answer: ReturnType<typeof answerer> | undefined;

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { system, threads, base, request } = data;
  answer ??= answerer(systemsInPage[system], threads, hostOf(libraries, base));
  postMessage(await answer(request));
});
