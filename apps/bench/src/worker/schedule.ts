/* The worker that runs the schedule and the reference backend. Each system has its own worker. */
import { openLane } from '@recurra/bench/lane';
import { measureAll, openLanes } from '@recurra/bench/run';
import { allScenarios } from '@recurra/bench/scenarios';
import type { PageSystem } from '@recurra/bench/systems/in-page';
import { missingBackends } from '@recurra/demos/missing';
import { workerChannel } from './channel.js';
import type { Message, Order, RunOptions } from './protocol.js';

const send = (message: Message) => postMessage(message);

async function run(options: RunOptions): Promise<void> {
  const { systems, threads, scenarios } = options;
  const lane = (system: string, count: number) =>
    openLane(workerChannel(system as PageSystem, count, options), system, count);
  const lanes = await openLanes({ lane }, systems, threads, {
    opened: (identity) => send({ kind: 'opened', identity }),
    left: (system, threads, reason) => send({ kind: 'declined', declined: { system, threads, reason } }),
  });
  try {
    if (lanes.length === 0) throw new Error('none of the systems runs here');
    await measureAll(
      allScenarios.filter(({ name }) => scenarios.includes(name)),
      lanes,
      {
        progress: ({ name }, index, doing) =>
          send({ kind: 'progress', progress: { scenario: name, index, doing } }),
        measured: (_, measurement) => send({ kind: 'measured', measurement }),
      },
    );
  } finally {
    for (const { close } of lanes) close();
  }
}

addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  try {
    if (data.kind === 'missing') return send({ kind: 'missing', missing: await missingBackends() });
    await run(data.options);
    send({ kind: 'finished' });
  } catch (error) {
    send({ kind: 'failed', reason: (error as Error).message });
  }
});
