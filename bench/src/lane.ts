/* A system, wherever it runs, as the schedule sees it. */
import type { Scenario } from './scenarios.js';
import { type Arrays, Declined, type Equations, type Gpu } from './system.js';

export type Request =
  | { readonly kind: 'open' }
  | { readonly kind: 'prepare'; readonly scenario: Scenario }
  | { readonly kind: 'turn'; readonly milliseconds: number }
  | { readonly kind: 'finish' };

export interface Answer {
  readonly opened?: Opening;
  readonly outputs?: Arrays;
  /** How long they took. */
  readonly outputsMs?: number;
  readonly equations?: Equations;
  readonly times?: readonly number[];
  /** Those that were timed and those that were not. */
  readonly repetitions?: number;
  /** Of all repetitions. */
  readonly processMs?: ProcessTimes;
  readonly peaks?: readonly number[];
  readonly bytes?: number;
  readonly declined?: string;
  readonly error?: string;
}

interface Opening {
  readonly version: string;
  /** Absent: of the place. */
  readonly runtime?: string;
  readonly executor: string;
  readonly gpu?: Gpu;
}

/** Milliseconds of processor time, of all threads, in Chromium's processes. */
export interface ProcessTimes {
  /** The page's: JavaScript, WebAssembly and the recording of commands. */
  readonly page: number;
  /** The GPU process's: the driver, and all of the work where the adapter is software. */
  readonly gpu: number;
}

export interface Identity extends Opening {
  readonly system: string;
  readonly runtime: string;
  readonly threads: number;
}

export interface Preparation {
  readonly outputs: Arrays;
  readonly outputsMs: number;
  readonly equations?: Equations;
}

/** Repetitions of one turn, milliseconds each. */
export interface Turn {
  readonly times: readonly number[];
  readonly repetitions?: number;
  /** Of all repetitions together; known in Chromium. */
  readonly processMs?: ProcessTimes;
  /** See {@link Opened.peaks}. */
  readonly peaks?: readonly number[];
  readonly bytes?: number;
}

/** @throws Declined where the system leaves a scenario out */
export interface Lane {
  readonly identity: Identity;
  prepare(scenario: Scenario): Promise<Preparation>;
  turn(milliseconds: number): Promise<Turn>;
  finish(): Promise<void>;
  close(): void;
}

/** Nothing here takes longer, so what does hangs. */
export const patienceMs = 180_000;

/** The way to a system and back. */
export interface Line {
  /** `Node 24.1.0`, unless the system says otherwise. */
  readonly runtime: string;
  ask(request: Request): Promise<Answer>;
  close(): void;
}

/** @throws Declined where the system is not there, or not with so many threads */
export async function openLane(line: Line, system: string, threads: number): Promise<Lane> {
  const close = () => line.close();
  try {
    const { opened } = await asked(line, { kind: 'open' });
    if (!opened) throw new Error('it did not say what it is');
    return {
      identity: { system, threads, ...opened, runtime: opened.runtime ?? line.runtime },
      async prepare(scenario) {
        const { outputs = {}, outputsMs = 0, equations } = await asked(line, { kind: 'prepare', scenario });
        return { outputs, outputsMs, equations };
      },
      async turn(milliseconds) {
        const {
          times = [],
          repetitions,
          processMs,
          peaks,
          bytes,
        } = await asked(line, { kind: 'turn', milliseconds });
        return { times, repetitions, processMs, peaks, bytes };
      },
      async finish() {
        await asked(line, { kind: 'finish' });
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function asked(line: Line, request: Request): Promise<Answer> {
  const answer = await line.ask(request);
  if (answer.declined !== undefined) throw new Declined(answer.declined);
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}
