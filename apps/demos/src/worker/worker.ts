/* The worker does all the computing, so that the page never freezes. */
import { compare } from './compare.js';
import { missingBackends } from './missing.js';
import type { Calls, Reply, Request } from './protocol.js';
import { Session } from './session.js';
import { loadTask } from './tasks.js';

let session: Session | undefined;
let starting: Promise<unknown> = Promise.resolve();

const calls: Calls = {
  start(options) {
    // Starts trainings one after another, even if the reader requests the next before the backend of the last
    // is ready.
    const result = starting.then(async () => {
      const old = session;
      session = undefined;
      await old?.close();
      const opened = await Session.open(options, (event, detail) => {
        if (session === opened) reply({ event, run: options.run, detail } as Reply);
      });
      session = opened;
      opened.train().catch((error: Error) => {
        if (session === opened) reply({ event: 'failed', run: options.run, detail: error.message });
      });
      return opened.started;
    });
    starting = result.catch(() => {});
    return result;
  },
  run: async (paused) => session?.pause(paused),
  step: async () => session?.step(),
  ask: (question) => open().ask(question),
  save: () => open().save(),
  onnx: () => open().onnx(),
  missing: missingBackends,
  async baselines(options) {
    const { task, data } = await loadTask(options);
    return task.baselines(data, true);
  },
  compare,
};

function open(): Session {
  if (!session) throw new Error('the network is not ready yet');
  return session;
}

function reply(message: Reply): void {
  postMessage(message);
}

addEventListener('message', async ({ data: { id, call, argument } }: MessageEvent<Request>) => {
  try {
    reply({ id, result: await (calls[call] as (argument: unknown) => Promise<unknown>)(argument) });
  } catch (error) {
    reply({ id, error: (error as Error).message });
  }
});
