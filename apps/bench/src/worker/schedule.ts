/* The worker that runs the schedule, and the reference; the systems have workers of their own. */
import { openLane } from '@recurra/bench/lane';
import { measureAll, openLanes } from '@recurra/bench/run';
import { allScenarios } from '@recurra/bench/scenarios';
import type { PageSystem } from '@recurra/bench/systems/in-page';
import { missingBackends } from '@recurra/demos/missing';
import { workerLine } from './line.js';
import type { Order, RunOptions, Told } from './protocol.js';

const tell = (told: Told) => postMessage(told);

async function run(options: RunOptions): Promise<void> {
  const { systems, threads, scenarios } = options;
  const lane = (system: string, count: number) =>
    openLane(workerLine(system as PageSystem, count, options), system, count);
  const lanes = await openLanes({ lane }, systems, threads, {
    opened: (identity) => tell({ kind: 'opened', identity }),
    left: (system, count, reason) => tell({ kind: 'left', left: { system, threads: count, reason } }),
  });
  try {
    if (lanes.length === 0) throw new Error('none of the systems runs here');
    await measureAll(
      allScenarios.filter(({ name }) => scenarios.includes(name)),
      lanes,
      {
        progress: ({ name }, index, doing) =>
          tell({ kind: 'progress', progress: { scenario: name, index, doing } }),
        measured: (_, measurement) => tell({ kind: 'measured', measurement }),
      },
    );
  } finally {
    for (const { close } of lanes) close();
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
