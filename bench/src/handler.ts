/* Handles the requests to one system, in the process, page or Web Worker that the system runs in. */
import { problemOf } from './problem.js';
import { Declined, type Host, type Opened, type Prepared, type System } from './system.js';
import type { Reply, Request, RequestResults, Round } from './worker.js';

/** A push to a stream takes microseconds, and so does reading the clock. */
const streamRepetitions = 20;
/** A sample lasts at least this many steps of the clock, so that it is accurate to one percent. */
const clockSteps = 100;
/** Longer repetitions than this need no warm-up to fill the caches. */
const longMs = 100;

/** Handles one request at a time. Errors become replies. */
export type Handler = (request: Request) => Promise<Reply>;

/** @param load undefined for a name that no system has */
export function createHandler(
  load: (() => Promise<System>) | undefined,
  threads: number,
  host: Host,
): Handler {
  let system: Opened | undefined;
  let prepared: Prepared | undefined;
  /** The number of repetitions in a sample: at least `leastRepetitions`, and more if the clock is coarse. */
  let leastRepetitions = 1;
  let repetitions = 1;
  let lastMs = 0;

  return async (request) => {
    try {
      await system?.resume?.();
      return { result: await handle(request) };
    } catch (error) {
      const { message } = error as Error;
      return error instanceof Declined ? { declined: message } : { error: message };
    }
  };

  async function handle(request: Request): Promise<RequestResults[Request['kind']]> {
    if (request.kind === 'open') {
      if (!load) throw new Declined('there is no such system');
      system = await (await load()).open(threads, host);
      const { version, runtime, executor, gpu } = system;
      return { version, runtime, executor, gpu };
    }
    if (request.kind === 'round') return round(request.milliseconds);
    prepared?.dispose?.();
    prepared = undefined;
    if (request.kind === 'finish') return undefined;
    if (!system) throw new Error('prepare before open');
    const { scenario } = request;
    prepared = await system.prepare(problemOf(scenario));
    const start = performance.now();
    const outputs = await prepared.outputs();
    leastRepetitions = scenario.mode === 'stream' ? streamRepetitions : 1;
    repetitions = leastRepetitions;
    lastMs = 0;
    return { outputs, outputsMs: performance.now() - start, equations: prepared.equations };
  }

  async function round(milliseconds: number): Promise<Round> {
    if (!prepared) throw new Error('round before prepare');
    const peaks = system?.peaks?.();
    const untimed = lastMs < longMs ? 1 : 0;
    if (untimed) await prepared.step();
    const before = host.processorMs?.();
    const times = prepared.times
      ? await prepared.times(milliseconds)
      : await timed(prepared, repetitions, milliseconds);
    const after = host.processorMs?.();
    lastMs = times[times.length - 1];
    const count = times.length * repetitions;
    const total = untimed + count;
    if (!prepared.times) repetitions = Math.max(leastRepetitions, repetitionsFor(times, repetitions));
    const processorMs = before !== undefined && after !== undefined ? (after - before) / count : undefined;
    return { times, repetitions: total, processorMs, peaks, bytes: prepared.bytes?.() };
  }
}

/**
 * Takes samples of `repetitions` repetitions until the milliseconds have passed. @returns the mean time of a
 * repetition in each sample
 */
async function timed({ step }: Prepared, repetitions: number, milliseconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < repetitions; i++) await step();
    const stop = performance.now();
    times.push((stop - start) / repetitions);
    if (stop >= end) return times;
  }
}

/**
 * The number of repetitions that take {@link clockSteps} steps of the clock. If all times are zero, a sample
 * took less than one step.
 */
function repetitionsFor(times: readonly number[], repetitions: number): number {
  const step = clockStep();
  const sum = times.reduce((total, time) => total + time, 0);
  return Math.ceil((clockSteps * step * times.length) / Math.max(sum, step / repetitions));
}

let knownStep: number | undefined;

/**
 * The resolution of `performance.now()` in milliseconds, measured on the first call. In a page without cross-origin isolation
 * it is a tenth of a millisecond, or coarser.
 */
function clockStep(): number {
  knownStep ??= Math.min(...Array.from({ length: 3 }, nextStep));
  return knownStep;
}

function nextStep(): number {
  const start = performance.now();
  let now = start;
  while (now === start) now = performance.now();
  return now - start;
}
