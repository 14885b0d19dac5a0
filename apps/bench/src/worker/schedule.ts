/* The worker that runs the schedule and the reference backend. Each system has its own worker. */
import { measureAll } from '@recurra/bench/measure';
import { allScenarios } from '@recurra/bench/scenarios';
import { openWorkers } from '@recurra/bench/worker';
import { workerChannel } from './channel.js';
import { missingHere } from './missing.js';
import type { Message, Order, RunOptions } from './protocol.js';

const send = (message: Message) => postMessage(message);

async function run(options: RunOptions): Promise<void> {
  const { systems, threads, scenarios } = options;
  const open = (system: string, count: number) => workerChannel(system, count, options);
  const workers = await openWorkers(open, systems, threads, {
    opened: (identity) => send({ kind: 'opened', identity }),
    unavailable: (system, count, reason) =>
      send({ kind: 'declined', declined: { system, threads: count, reason } }),
  });
  try {
    if (workers.length === 0) throw new Error('none of the systems runs here');
    await measureAll(
      allScenarios.filter(({ name }) => scenarios.includes(name)),
      workers,
      {
        progress: ({ name }, index, doing) =>
          send({ kind: 'progress', progress: { scenario: name, index, doing } }),
        measured: (_, measurement) => send({ kind: 'measured', measurement }),
      },
    );
  } finally {
    for (const { close } of workers) close();
  }
}

addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  try {
    if (data.kind === 'missing') return send({ kind: 'missing', missing: await missingHere() });
    await run(data.options);
    send({ kind: 'finished' });
  } catch (error) {
    send({ kind: 'failed', reason: (error as Error).message });
  }
});
