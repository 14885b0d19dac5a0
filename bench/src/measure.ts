/* One scenario: the outputs compared, then the systems timed in turns. */
import { difference, expectedOf } from './expected.js';
import type { Lane, Turn } from './lane.js';
import { problemOf } from './problem.js';
import type { Refusal, Row } from './results.js';
import { flopsOf, type Scenario } from './scenarios.js';
import { median, summarize } from './statistics.js';
import { type Arrays, Declined, type Equations } from './system.js';

/** How long is measured. The default keeps the default run within ten minutes. */
export interface Pace {
  readonly warmUpMs: number;
  readonly turnMs: number;
  readonly rounds: number;
  /** For the rounds after the first {@link leastRounds}. */
  readonly roundsMs: number;
}

const defaultPace: Pace = { warmUpMs: 200, turnMs: 50, rounds: 11, roundsMs: 3000 };

/** Rounds that everybody takes part in; those whose repetitions take longer than `longMs` sit the others out. */
const leastRounds = 3;
const longMs = 1000;

/** Threads that spin for more work have parked by then. */
const pauseMs = 5;
const sleep = (milliseconds: number) => new Promise<void>((wake) => setTimeout(wake, milliseconds));

/** What became of a scenario. */
export interface Measurement {
  readonly rows: readonly Row[];
  readonly refused: readonly Refusal[];
}

interface Runner {
  readonly lane: Lane;
  /** Milliseconds that computing its outputs took. */
  readonly outputsMs: number;
  readonly times: number[];
  /** What is known of the processes' time, and of how many repetitions. */
  readonly processes: { page: number; gpu: number; repetitions: number };
  bytes?: number;
  /** Why it does not go on. */
  failure?: Error;
}

/** @param progress told what is being done */
export async function measure(
  scenario: Scenario,
  lanes: readonly Lane[],
  { pace = defaultPace, progress = () => {} }: { pace?: Pace; progress?: (doing: string) => void } = {},
): Promise<Measurement> {
  progress('comparing the outputs');
  const runners = await compareOutputs(scenario, lanes);
  const peaks = await takeTurns(runners, pace, progress);
  for (const { lane } of going(runners)) await lane.finish();

  const peak = peaks.length > 0 ? median(peaks) : null;
  const refused = runners.flatMap(({ lane, failure }): Refusal[] => {
    if (!failure) return [];
    const { system, threads } = lane.identity;
    const wrong = !(failure instanceof Declined);
    return [{ scenario: scenario.name, system, threads, reason: failure.message, wrong }];
  });
  return { rows: going(runners).map((runner) => rowOf(scenario, runner, peak)), refused };
}

function going(runners: readonly Runner[]): Runner[] {
  return runners.filter(({ failure }) => failure === undefined);
}

function runnerOf(lane: Lane): Runner {
  return { lane, outputsMs: 0, times: [], processes: { page: 0, gpu: 0, repetitions: 0 } };
}

/** Prepares all of them at once, while the reference computes what they should give. */
async function compareOutputs(scenario: Scenario, lanes: readonly Lane[]): Promise<Runner[]> {
  const { weights } = problemOf(scenario);
  const expected = new Map<Equations | undefined, Promise<Arrays>>();
  const compare = async (lane: Lane): Promise<Runner> => {
    try {
      const { equations, outputs, outputsMs } = await lane.prepare(scenario);
      const should = expected.get(equations) ?? expectedOf(scenario, equations);
      expected.set(equations, should);
      const wrong = difference(outputs, await should, weights);
      return { ...runnerOf(lane), outputsMs, ...(wrong && { failure: new Error(wrong) }) };
    } catch (error) {
      return { ...runnerOf(lane), failure: error as Error };
    }
  };
  return Promise.all(lanes.map(compare));
}

/** Gives the speeds of Recurra's matrix product in between. */
async function takeTurns(
  runners: readonly Runner[],
  { warmUpMs, turnMs, rounds, roundsMs }: Pace,
  progress: (doing: string) => void,
): Promise<number[]> {
  const speeds: number[] = [];
  for (const runner of going(runners)) {
    progress(`warming up ${runner.lane.identity.system}`);
    if (runner.outputsMs < longMs) await turn(runner, warmUpMs);
  }
  let end = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && performance.now() < end; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    if (round === leastRounds) end = performance.now() + roundsMs;
    const taking = going(runners).filter(({ times }) => round < leastRounds || median(times) < longMs);
    // Another one begins each time.
    for (const [i] of taking.entries()) {
      const runner = taking[(i + round) % taking.length];
      const found = await turn(runner, turnMs);
      if (!found) continue;
      for (const time of found.times) runner.times.push(time);
      runner.bytes = found.bytes;
      speeds.push(...(found.peaks ?? []));
      addProcessTimes(runner, found);
    }
  }
  return speeds;
}

function addProcessTimes({ processes }: Runner, { processMs, repetitions = 0 }: Turn): void {
  if (!processMs) return;
  processes.page += processMs.page;
  processes.gpu += processMs.gpu;
  processes.repetitions += repetitions;
}

/** Nothing where the system failed. */
async function turn(runner: Runner, milliseconds: number): Promise<Turn | undefined> {
  try {
    const found = await runner.lane.turn(milliseconds);
    await sleep(pauseMs);
    return found;
  } catch (error) {
    runner.failure = error as Error;
    return undefined;
  }
}

function rowOf(scenario: Scenario, { lane, times, bytes, processes }: Runner, peak: number | null): Row {
  const { name, cell, mode, shape, resetAfter, outputs } = scenario;
  const { system, version, runtime, executor, gpu, threads } = lane.identity;
  const { page, gpu: gpuProcess, repetitions } = processes;
  const summary = summarize(times);
  const speed = flopsOf(scenario) / summary.medianMs / 1e6;
  return {
    ...{
      scenario: name,
      system,
      version,
      runtime,
      executor,
      gpu,
      threads,
      cell,
      mode,
      shape,
      resetAfter,
      outputs,
    },
    ...summary,
    // The kernel is the processor's.
    peakShare: gpu ? null : peak && speed / (peak * threads),
    peakGflops: peak,
    bytes,
    ...(repetitions > 0 && { processMs: { page: page / repetitions, gpu: gpuProcess / repetitions } }),
  };
}
