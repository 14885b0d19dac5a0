/* The worker that runs the schedule, and the reference; the systems have workers of their own. */
import { measureAll } from '@recurra/bench/measure';
import { allScenarios } from '@recurra/bench/scenarios';
import { openWorkers } from '@recurra/bench/worker';
import { missingBackends } from '@recurra/demos/missing';
import { workerChannel } from './channel.js';
import type { Order, RunOptions, Told } from './protocol.js';

const tell = (told: Told) => postMessage(told);

async function run(options: RunOptions): Promise<void> {
  const { systems, threads, scenarios } = options;
  const open = (system: string, count: number) => workerChannel(system, count, options);
  const workers = await openWorkers(open, systems, threads, {
    opened: (identity) => tell({ kind: 'opened', identity }),
    unavailable: (system, count, reason) => tell({ kind: 'left', left: { system, threads: count, reason } }),
  });
  try {
    if (workers.length === 0) throw new Error('none of the systems runs here');
    await measureAll(
      allScenarios.filter(({ name }) => scenarios.includes(name)),
      workers,
      {
        progress: ({ name }, index, doing) =>
          tell({ kind: 'progress', progress: { scenario: name, index, doing } }),
        measured: (_, measurement) => tell({ kind: 'measured', measurement }),
      },
    );
  } finally {
    for (const { close } of workers) close();
  }
}

addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  try {
    if (data.kind === 'missing') return tell({ kind: 'missing', missing: await missingBackends() });
    await run(data.options);
    tell({ kind: 'finished' });
  } catch (error) {
    tell({ kind: 'failed', reason: (error as Error).message });
  }
});
