/* A system in a process of its own: `node lane-process.js NAME THREADS`, asked by lane.ts. */
import type { Answer, Request } from './lane.js';
import { problemOf } from './problem.js';
import { Declined, type Opened, type Prepared } from './system.js';
import { type SystemName, systems } from './systems/index.js';

const [name, threads] = process.argv.slice(2);
/** Pushes of a stream take microseconds, and so does looking at the clock. */
const streamGroup = 20;
/** Longer repetitions than this need no run before them to fill the caches. */
const longMs = 100;

let system: Opened | undefined;
let prepared: Prepared | undefined;
let group = 1;
let lastMs = 0;

process.on('message', async (request: Request) => {
  process.send?.(
    await answer(request).catch((error: Error): Answer => {
      return error instanceof Declined ? { declined: error.message } : { error: error.message };
    }),
  );
});
process.on('disconnect', () => process.exit());

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case 'open': {
      system = await (await systems[name as SystemName]()).open(Number(threads));
      const { version, runtime = `Node ${process.versions.node}`, executor } = system;
      return { opened: { version, runtime, executor } };
    }
    case 'prepare': {
      const { scenario } = request;
      prepared?.dispose?.();
      prepared = undefined;
      prepared = await system?.prepare(problemOf(scenario));
      const start = performance.now();
      const outputs = (await prepared?.outputs()) ?? {};
      group = scenario.mode === 'stream' ? streamGroup : 1;
      lastMs = 0;
      return { outputs, outputsMs: performance.now() - start, equations: prepared?.equations };
    }
    case 'turn': {
      if (!prepared) throw new Error('a turn before prepare');
      const peaks = system?.peaks?.();
      if (lastMs < longMs) await prepared.step();
      const times = await (prepared.times ?? time)(request.milliseconds);
      lastMs = times[times.length - 1];
      return { times, peaks, bytes: prepared.bytes?.() };
    }
    case 'finish':
      prepared?.dispose?.();
      prepared = undefined;
      return {};
  }
}

async function time(milliseconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < group; i++) await prepared?.step();
    const stop = performance.now();
    times.push((stop - start) / group);
    if (stop >= end) return times;
  }
}
