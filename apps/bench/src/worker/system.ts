/* One system, with one number of threads, in a worker of its own: none has another's garbage, threads or state. */
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
