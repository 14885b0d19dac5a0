import { Aborted, checkAborted } from '../abort.js';
import type { Backend } from '../contract/backend.js';
import { OptionError } from '../errors.js';
import {
  abortSignal,
  boolean,
  checkOptions,
  custom,
  oneOf,
  optional,
  positiveInteger,
  positiveNumber,
  show,
} from '../options.js';
import { type BackendMaker, Candidate } from './candidate.js';
import { compareOutputs } from './compare.js';
import type { MeasuredBackend, Measurement } from './measured.js';
import { reasonFor, summarize } from './summary.js';
import { type Workload, workloadOf } from './workload.js';

/** The workload to measure, and the duration of the measurement. */
export interface MeasureOptions {
  readonly units: number;
  /** The number of rows in a batch. */
  readonly batch: number;
  /** The number of time steps in each row. */
  readonly steps: number;
  /** The number of features of each time step. Default: equal to units. */
  readonly inputs?: number;
  /** Measure full training steps with Adam, not only forward passes. Default false. */
  readonly train?: boolean;
  /** The cell of the layer. Default 'lstm'. */
  readonly cell?: 'lstm' | 'gru' | 'rnn';
  /**
   * The duration of the measurement of each backend, after a warm-up of up to 0.2 s. There are always at least three
   * repetitions. Default 1.
   */
  readonly seconds?: number;
  /** Aborts the measurement after the current repetition. The measurement then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called before each backend is started, and before each of its rounds. */
  readonly onProgress?: (progress: MeasureProgress) => void;
}

export interface MeasureProgress {
  /** The name of the backend. */
  readonly backend: string;
  readonly doing: 'starting' | 'measuring';
  /** The completed fraction of the measurement, from 0 to 1. */
  readonly share: number;
}

const warmUpMs = 200;
/**
 * The duration of a round: long enough to run from warm caches, and short enough that other load on the machine affects
 * all backends equally.
 */
const roundMs = 50;
const minRepetitions = 3;

/**
 * Measures a recurrent layer on each backend. The backends alternate in short rounds, so other load on the machine
 * affects all of them. Before the measurement, the outputs are compared: a backend is not measured if its outputs are
 * not finite, or differ from those of the others by more than float32's rounding. All backends are disposed at the end.
 *
 * @param makers `[cpu, webgpu]`, or functions that call them with options
 * @throws OptionError for invalid options, or makers that are not functions; the signal's reason when aborted. If a
 *   backend cannot be created or fails, this is not thrown but reported as its `error`
 */
export async function measureBackends(
  makers: readonly BackendMaker[],
  options: MeasureOptions,
): Promise<Measurement> {
  const { backend, ...measurement } = await measureAndKeep('measureBackends', makers, options);
  backend?.dispose();
  return measurement;
}

/** Measures like {@link measureBackends}, and returns the best backend, which the caller must dispose. */
export async function measureAndKeep(
  owner: string,
  makers: readonly BackendMaker[],
  options: MeasureOptions,
): Promise<Measurement & { readonly backend?: Backend }> {
  checkMakers(owner, makers);
  const { seconds, signal, onProgress, ...workload } = checkMeasureOptions(owner, options);
  const prepare = workloadOf(owner, workload);
  const candidates = makers.map(({ name }, at) => new Candidate(name || `backend ${at + 1}`));
  const report = (candidate: Candidate, doing: MeasureProgress['doing'], share: number) => {
    onProgress?.({ backend: candidate.name, doing, share });
    checkAborted(signal);
  };
  let chosen: Candidate | undefined;
  try {
    for (const [at, candidate] of candidates.entries()) {
      report(candidate, 'starting', 0);
      await candidate.start(makers[at], prepare, signal);
    }
    compareOutputs(candidates);
    await runRounds(candidates, seconds * 1000, signal, (candidate, share) => {
      report(candidate, 'measuring', share);
    });
    const measured = candidates.map(summarize);
    const best = measured.reduce<MeasuredBackend | undefined>(faster, undefined);
    const reason = reasonFor(measured, best, workload.train);
    chosen = best && candidates[measured.indexOf(best)];
    chosen?.workload?.dispose();
    return { measured, best, reason, backend: chosen?.backend };
  } catch (error) {
    throw error instanceof Aborted ? signal?.reason : error;
  } finally {
    for (const candidate of candidates) if (candidate !== chosen) candidate.backend?.dispose();
  }
}

/** @param report called before each round with the completed fraction */
async function runRounds(
  candidates: readonly Candidate[],
  maxMs: number,
  signal: AbortSignal | undefined,
  report: (candidate: Candidate, share: number) => void,
): Promise<void> {
  const running = () => candidates.filter(({ error }) => !error);
  for (const candidate of running()) {
    report(candidate, 0);
    await candidate.warmUp(Math.min(warmUpMs, maxMs / 5), signal);
  }
  for (let round = 0; ; round++) {
    const unfinished = running().filter(
      ({ times, spentMs }) => times.length < minRepetitions || spentMs < maxMs,
    );
    if (unfinished.length === 0) return;
    for (const at of unfinished.keys()) {
      // Each round starts with a different candidate.
      const candidate = unfinished[(at + round) % unfinished.length];
      const done = running().map(({ spentMs }) => Math.min(spentMs / maxMs, 1));
      report(candidate, done.reduce((sum, share) => sum + share, 0) / done.length);
      await candidate.runRound(Math.min(roundMs, maxMs - candidate.spentMs), signal);
    }
  }
}

function faster(best: MeasuredBackend | undefined, next: MeasuredBackend): MeasuredBackend | undefined {
  const { medianMs = Infinity } = next;
  return medianMs < (best?.medianMs ?? Infinity) ? next : best;
}

function checkMakers(owner: string, makers: unknown): void {
  if (!Array.isArray(makers) || makers.length === 0) {
    throw new OptionError(
      `${owner}: the makers must be an array of at least one, such as [cpu], not ${show(makers)}`,
    );
  }
  for (const [at, make] of makers.entries()) {
    if (typeof make === 'function') continue;
    const hint = make instanceof Promise ? ': pass cpu, not cpu()' : '';
    throw new OptionError(
      `${owner}: makers[${at}] must be a function that creates a backend, such as cpu, not ${show(make)}${hint}`,
    );
  }
}

function checkMeasureOptions(owner: string, options: MeasureOptions) {
  const checked = checkOptions(owner, options, {
    units: positiveInteger,
    batch: positiveInteger,
    steps: positiveInteger,
    inputs: optional(positiveInteger),
    train: optional(boolean, false),
    cell: optional(oneOf<Workload['cell']>('lstm', 'gru', 'rnn'), 'lstm'),
    seconds: optional(positiveNumber, 1),
    signal: optional(abortSignal),
    onProgress: optional(
      custom<(progress: MeasureProgress) => void>('a function', (x) => typeof x === 'function'),
    ),
  });
  return { ...checked, inputs: checked.inputs ?? checked.units };
}
