/* A system that runs in a process of its own, as the schedule sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Scenario } from './scenarios.js';
import { type Arrays, Declined, type Equations } from './system.js';

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
  readonly peaks?: readonly number[];
  readonly bytes?: number;
  readonly declined?: string;
  readonly error?: string;
}

interface Opening {
  readonly version: string;
  readonly runtime: string;
  readonly executor: string;
}

export interface Identity extends Opening {
  readonly system: string;
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
const patienceMs = 180_000;

/** @throws Declined where the system is not there, or not with so many threads */
export async function openLane(system: string, threads: number): Promise<Lane> {
  const child = fork(fileURLToPath(new URL('lane-process.js', import.meta.url)), [system, `${threads}`], {
    serialization: 'advanced',
    // Libraries greet.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const close = () => void child.kill('SIGKILL');
  try {
    const { opened } = await ask(child, { kind: 'open' });
    if (!opened) throw new Error('it did not say what it is');
    return {
      identity: { system, threads, ...opened },
      async prepare(scenario) {
        const { outputs = {}, outputsMs = 0, equations } = await ask(child, { kind: 'prepare', scenario });
        return { outputs, outputsMs, equations };
      },
      async turn(milliseconds) {
        const { times = [], peaks, bytes } = await ask(child, { kind: 'turn', milliseconds });
        return { times, peaks, bytes };
      },
      async finish() {
        await ask(child, { kind: 'finish' });
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function ask(child: ChildProcess, request: Request): Promise<Answer> {
  if (!child.connected) throw new Error('its process has ended');
  const control = new AbortController();
  const { signal } = control;
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  try {
    const ended = once(child, 'exit', { signal });
    const answered = once(child, 'message', { signal });
    child.send(request);
    const [answer] = await Promise.race([answered, ended.then(() => [{ error: 'its process ended' }])]);
    const { declined, error }: Answer = answer;
    if (declined !== undefined) throw new Declined(declined);
    if (error !== undefined) throw new Error(error);
    return answer;
  } finally {
    clearTimeout(timer);
    control.abort();
  }
}
