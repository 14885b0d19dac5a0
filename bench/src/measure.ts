/*
 * Measures one scenario after another: compares the outputs of all systems, then times the systems in rounds.
 */
import { computeReference, difference, expectedOf, type Reference } from './expected.js';
import { problemOf } from './problem.js';
import type { Refusal, Row } from './results.js';
import { flopsOf, type Scenario } from './scenarios.js';
import { median, summarize } from './statistics.js';
import { type Arrays, Declined, type Equations } from './system.js';
import type { Round, SystemWorker } from './worker.js';

/** The duration of the measurement. By default, a run of all scenarios takes ten minutes. */
export interface Pace {
  readonly warmUpMs: number;
  /** The time for which each system is measured in a round. */
  readonly sliceMs: number;
  readonly rounds: number;
  /** After this time no further round begins; the first {@link leastRounds} are not counted. */
  readonly limitMs: number;
}

export const defaultPace: Pace = { warmUpMs: 200, sliceMs: 50, rounds: 11, limitMs: 3000 };

/** Systems whose repetitions take longer than `longMs` take part in these rounds only. */
const leastRounds = 3;
const longMs = 1000;

/** After this time, threads that wait for work in a busy loop have gone to sleep. */
const pauseMs = 5;

/** The measurements of a scenario. */
export interface Measurement {
  readonly rows: readonly Row[];
  readonly refused: readonly Refusal[];
}

export interface MeasuringEvents {
  readonly progress: (scenario: Scenario, index: number, doing: string) => void;
  readonly measured: (scenario: Scenario, measurement: Measurement) => void;
}

/** The workers that measure a scenario: the systems that it names, and only those on a real GPU if it needs one. */
export function workersFor({ systems, needs }: Scenario, workers: readonly SystemWorker[]): SystemWorker[] {
  return workers.filter(({ identity }) => {
    if (needs === 'hardware' && identity.gpu?.software !== false) return false;
    return !systems || systems.includes(identity.system);
  });
}

export interface MeasuringOptions {
  /** Default: the pace of a run of all scenarios. */
  readonly pace?: Pace;
  /** Default: the reference backend, on this thread. */
  readonly compute?: Reference;
}

/** Measures the scenarios one after another, each with {@link workersFor} it. */
export async function measureAll(
  scenarios: readonly Scenario[],
  workers: readonly SystemWorker[],
  { progress, measured }: MeasuringEvents,
  options: MeasuringOptions = {},
): Promise<void> {
  for (const [index, scenario] of scenarios.entries()) {
    const chosen = workersFor(scenario, workers);
    measured(
      scenario,
      await measure(scenario, chosen, { ...options, progress: (doing) => progress(scenario, index, doing) }),
    );
  }
}

/** A system in the measurement of a scenario. */
interface Participant {
  readonly worker: SystemWorker;
  /** The time that computing its outputs took. */
  readonly outputsMs: number;
  readonly times: number[];
  readonly processMs: { page: number; gpu: number };
  /** The repetitions that `processMs` counts. */
  repetitions: number;
  bytes?: number;
  /** The reason why it is not measured any further. */
  failure?: Error;
}

/** @param progress called with a description of the current activity */
export async function measure(
  scenario: Scenario,
  workers: readonly SystemWorker[],
  {
    pace = defaultPace,
    compute = computeReference,
    progress = () => {},
  }: MeasuringOptions & { readonly progress?: (doing: string) => void } = {},
): Promise<Measurement> {
  progress('comparing the outputs');
  const participants = await compareOutputs(scenario, workers, compute);
  const peaks = await timeInRounds(participants, pace, progress);
  const timed = healthy(participants);
  for (const { worker } of timed) await worker.finish();
  const refused = participants.flatMap(({ worker, failure }): Refusal[] => {
    if (!failure) return [];
    const { system, threads } = worker.identity;
    const wrong = !(failure instanceof Declined);
    return [{ scenario: scenario.name, system, threads, reason: failure.message, wrong }];
  });
  const peak = peaks.length > 0 ? median(peaks) : null;
  return { rows: timed.map((participant) => rowOf(scenario, participant, peak)), refused };
}

function healthy(participants: readonly Participant[]): Participant[] {
  return participants.filter(({ failure }) => failure === undefined);
}

/** Prepares all systems at once, while the reference backend computes the expected outputs. */
async function compareOutputs(
  scenario: Scenario,
  workers: readonly SystemWorker[],
  compute: Reference,
): Promise<Participant[]> {
  const { weights } = problemOf(scenario);
  const expected = new Map<Equations | undefined, Promise<Arrays>>();
  const compare = async (worker: SystemWorker): Promise<Participant> => {
    const untimed = { worker, outputsMs: 0, times: [], processMs: { page: 0, gpu: 0 }, repetitions: 0 };
    try {
      const { equations, outputs, outputsMs } = await worker.prepare(scenario);
      const arrays = expected.get(equations) ?? expectedOf(scenario, equations, compute);
      expected.set(equations, arrays);
      const wrong = difference(outputs, await arrays, weights);
      return { ...untimed, outputsMs, ...(wrong && { failure: new Error(wrong) }) };
    } catch (error) {
      return { ...untimed, failure: error as Error };
    }
  };
  return Promise.all(workers.map(compare));
}

/** Returns the speeds of Recurra's matrix product that were measured between the repetitions. */
async function timeInRounds(
  participants: readonly Participant[],
  { warmUpMs, sliceMs, rounds, limitMs }: Pace,
  progress: (doing: string) => void,
): Promise<number[]> {
  const speeds: number[] = [];
  for (const participant of healthy(participants)) {
    progress(`warming up ${participant.worker.identity.system}`);
    if (participant.outputsMs < longMs) await timeOne(participant, warmUpMs);
  }
  let end = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && performance.now() < end; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    if (round === leastRounds) end = performance.now() + limitMs;
    const timed = healthy(participants).filter(({ times }) => round < leastRounds || median(times) < longMs);
    // Each round begins with another system.
    for (const i of timed.keys()) {
      const participant = timed[(i + round) % timed.length];
      const result = await timeOne(participant, sliceMs);
      if (result) addTo(participant, result);
      speeds.push(...(result?.peaks ?? []));
    }
  }
  return speeds;
}

function addTo(participant: Participant, { times, bytes, processMs, repetitions = 0 }: Round): void {
  for (const time of times) participant.times.push(time);
  participant.bytes = bytes;
  if (!processMs) return;
  participant.processMs.page += processMs.page;
  participant.processMs.gpu += processMs.gpu;
  participant.repetitions += repetitions;
}

/** One system's part of a round. Undefined if it failed. */
async function timeOne(participant: Participant, milliseconds: number): Promise<Round | undefined> {
  try {
    const result = await participant.worker.round(milliseconds);
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
    return result;
  } catch (error) {
    participant.failure = error as Error;
    return undefined;
  }
}

function rowOf(scenario: Scenario, participant: Participant, peak: number | null): Row {
  const { name, cell, mode, shape, resetAfter, outputs } = scenario;
  const { worker, times, bytes, processMs, repetitions } = participant;
  const { gpu, threads } = worker.identity;
  const summary = summarize(times);
  const speed = flopsOf(scenario) / summary.medianMs / 1e6;
  const perRepetition = { page: processMs.page / repetitions, gpu: processMs.gpu / repetitions };
  return {
    scenario: name,
    ...worker.identity,
    ...{ cell, mode, shape, resetAfter, outputs },
    ...summary,
    // The peak is the speed of a kernel on the CPU.
    peakShare: gpu ? null : peak && speed / (peak * threads),
    peakGflops: peak,
    bytes,
    ...(repetitions > 0 && { processMs: perRepetition }),
  };
}
