/* What a system does for the schedule, where the system runs: in a process of its own, or in a page. */
import { clockStep } from './clock.js';
import type { Host } from './host.js';
import type { Answer, Request } from './lane.js';
import { problemOf } from './problem.js';
import { Declined, type Opened, type Prepared, type System } from './system.js';

/** Pushes of a stream take microseconds, and so does looking at the clock. */
const streamGroup = 20;
/** So many steps of the clock are timed at once at least, so that it is read to one percent. */
const clockSteps = 100;
/** Longer repetitions than this need no run before them to fill the caches. */
const longMs = 100;

/** Answers the requests to one system; failures are answers too. */
export function answerer(
  load: (() => Promise<System>) | undefined,
  threads: number,
  host: Host,
): (request: Request) => Promise<Answer> {
  let system: Opened | undefined;
  let prepared: Prepared | undefined;
  /** Repetitions that are timed together: so many at least, and more where the clock is coarse. */
  let least = 1;
  let group = 1;
  let lastMs = 0;

  return (request) =>
    answer(request).catch((error: Error): Answer => {
      return error instanceof Declined ? { declined: error.message } : { error: error.message };
    });

  async function answer(request: Request): Promise<Answer> {
    await system?.resume?.();
    switch (request.kind) {
      case 'open': {
        if (!load) throw new Declined('there is no such system');
        system = await (await load()).open(threads, host);
        const { version, runtime, executor, gpu } = system;
        return { opened: { version, runtime, executor, gpu } };
      }
      case 'prepare': {
        const { scenario } = request;
        prepared?.dispose?.();
        prepared = undefined;
        prepared = await system?.prepare(problemOf(scenario));
        const start = performance.now();
        const outputs = (await prepared?.outputs()) ?? {};
        least = scenario.mode === 'stream' ? streamGroup : 1;
        group = least;
        lastMs = 0;
        return { outputs, outputsMs: performance.now() - start, equations: prepared?.equations };
      }
      case 'turn': {
        if (!prepared) throw new Error('a turn before prepare');
        const peaks = system?.peaks?.();
        const untimed = lastMs < longMs ? 1 : 0;
        if (untimed) await prepared.step();
        const times = prepared.times
          ? await prepared.times(request.milliseconds)
          : await time(prepared, request);
        lastMs = times[times.length - 1];
        const repetitions = untimed + times.length * group;
        if (!prepared.times) group = groupAfter(times);
        return { times, repetitions, peaks, bytes: prepared.bytes?.() };
      }
      case 'finish':
        prepared?.dispose?.();
        prepared = undefined;
        return {};
    }
  }

  async function time({ step }: Prepared, { milliseconds }: { milliseconds: number }): Promise<number[]> {
    const times: number[] = [];
    const end = performance.now() + milliseconds;
    for (;;) {
      const start = performance.now();
      for (let i = 0; i < group; i++) await step();
      const stop = performance.now();
      times.push((stop - start) / group);
      if (stop >= end) return times;
    }
  }

  /** The next turn's group, from the times of this one; a turn of no time took less than one step of the clock. */
  function groupAfter(times: readonly number[]): number {
    const step = clockStep();
    const sum = times.reduce((total, time) => total + time, 0);
    return Math.max(least, Math.ceil((clockSteps * step * times.length) / Math.max(sum, step / group)));
  }
}
