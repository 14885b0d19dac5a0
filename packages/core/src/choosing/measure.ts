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

/** What is measured, and for how long. */
export interface MeasureOptions {
  readonly units: number;
  /** Rows of a batch. */
  readonly batch: number;
  /** Time steps of each row. */
  readonly steps: number;
  /** Features of each time step. Default: as many as units. */
  readonly inputs?: number;
  /** Measure whole steps of training with Adam, and not forward passes alone. Default false. */
  readonly train?: boolean;
  /** Default 'lstm'. */
  readonly cell?: 'lstm' | 'gru' | 'rnn';
  /** How long each backend is measured after its warm-up of up to 0.2 s; at least three repetitions in any case. Default 1. */
  readonly seconds?: number;
  /** Ends the measurement after the repetition under way; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called before each backend is started, and before each of its turns. */
  readonly onProgress?: (progress: MeasureProgress) => void;
}

export interface MeasureProgress {
  /** The name of the backend. */
  readonly backend: string;
  readonly doing: 'starting' | 'measuring';
  /** From 0 to 1: how much of the measuring is done. */
  readonly share: number;
}

const warmUpMs = 200;
/** Long enough that a backend works from its caches, and short enough that all see the same load of the machine. */
const turnMs = 50;
const leastRepetitions = 3;

/**
 * Measures a recurrent layer on each backend, in turns, so that other work on the machine slows all of them. Before that the
 * outputs are compared: a backend whose outputs are not finite, or differ from the others' by more than float32's
 * rounding, is not measured. Every backend is disposed of.
 *
 * @param makers `[cpu, webgpu]`, or functions that call them with options
 * @throws OptionError for options that cannot be, or makers that are no functions; the signal's reason when aborted. A
 * backend that cannot be made or fails is not thrown, but told as its `error`
 */
export async function measureBackends(
  makers: readonly BackendMaker[],
  options: MeasureOptions,
): Promise<Measurement> {
  const { backend, ...measurement } = await measureAndKeep('measureBackends', makers, options);
  backend?.dispose();
  return measurement;
}

/** {@link measureBackends}, and the best backend, which is then the caller's. */
export async function measureAndKeep(
  owner: string,
  makers: readonly BackendMaker[],
  options: MeasureOptions,
): Promise<Measurement & { readonly backend?: Backend }> {
  checkMakers(owner, makers);
  const { seconds, signal, onProgress, ...workload } = checkMeasureOptions(owner, options);
  const prepare = workloadOf(owner, workload);
  const candidates = makers.map(({ name }, at) => new Candidate(name || `backend ${at + 1}`));
  const told = (candidate: Candidate, doing: MeasureProgress['doing'], share: number) => {
    onProgress?.({ backend: candidate.name, doing, share });
    checkAborted(signal);
  };
  let chosen: Candidate | undefined;
  try {
    for (const [at, candidate] of candidates.entries()) {
      told(candidate, 'starting', 0);
      await candidate.start(makers[at], prepare, signal);
    }
    compareOutputs(candidates);
    await takeTurns(candidates, seconds * 1000, signal, (candidate, share) => {
      told(candidate, 'measuring', share);
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

/** @param told is called before each turn, with the share of all that is done */
async function takeTurns(
  candidates: readonly Candidate[],
  mostMs: number,
  signal: AbortSignal | undefined,
  told: (candidate: Candidate, share: number) => void,
): Promise<void> {
  const running = () => candidates.filter(({ error }) => !error);
  for (const candidate of running()) {
    told(candidate, 0);
    await candidate.warmUp(Math.min(warmUpMs, mostMs / 5), signal);
  }
  for (let round = 0; ; round++) {
    const open = running().filter(
      ({ times, spentMs }) => times.length < leastRepetitions || spentMs < mostMs,
    );
    if (open.length === 0) return;
    for (const at of open.keys()) {
      // Another one begins each time.
      const candidate = open[(at + round) % open.length];
      const done = running().map(({ spentMs }) => Math.min(spentMs / mostMs, 1));
      told(candidate, done.reduce((sum, share) => sum + share, 0) / done.length);
      await candidate.takeTurn(Math.min(turnMs, mostMs - candidate.spentMs), signal);
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
    const hint = make instanceof Promise ? ': give cpu, not cpu()' : '';
    throw new OptionError(
      `${owner}: makers[${at}] must be a function that makes a backend, such as cpu, not ${show(make)}${hint}`,
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
