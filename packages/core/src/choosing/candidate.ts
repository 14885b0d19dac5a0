import { Aborted, checkAborted, unlessAborted } from '../abort.js';
import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import { RecurraError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { show } from '../options.js';
import type { PreparedWorkload } from './workload.js';

/** An async function that makes a new backend: `cpu`, or `() => webgpu({ allowSoftware: true })`. */
export type BackendMaker = () => Promise<Backend>;

/** One of the backends to choose from, and what is known of it so far. */
export class Candidate {
  /** The backend's; until there is one, its maker's. */
  name: string;
  backend?: Backend;
  workload?: PreparedWorkload;
  outputs: readonly ArrayLike<number>[] = [];
  /** Milliseconds of each repetition. */
  readonly times: number[] = [];
  /** Milliseconds of its turns. */
  spentMs = 0;
  /** Why it is not to be chosen. Its backend is then disposed of. */
  error?: Error;
  /** How long the outputs took. */
  #outputsMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Makes the backend and computes the outputs. */
  start(
    make: BackendMaker,
    prepare: (backend: Backend) => PreparedWorkload,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return this.#attempt(async () => {
      const backend = await makeUnlessAborted(make, signal);
      checkBackend(`the maker of ${this.name}`, backend);
      this.backend = backend;
      this.name = backend.name;
      this.workload = prepare(backend);
      const began = performance.now();
      this.outputs = await this.workload.outputs();
      this.#outputsMs = performance.now() - began;
    });
  }

  /** Repeats the work until it has run for so long, the outputs included, without noting the times. */
  async warmUp(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    const left = milliseconds - this.#outputsMs;
    if (left > 0) await this.#attempt(async () => void (await this.#repeat(left, signal)));
  }

  /** Repeats the work once at least, until so many milliseconds have passed. */
  takeTurn(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return this.#attempt(async () => {
      const began = performance.now();
      this.times.push(...(await this.#repeat(milliseconds, signal)));
      this.spentMs += performance.now() - began;
    });
  }

  /** Rules it out. */
  fail(error: Error): void {
    this.error = error;
    this.backend?.dispose();
  }

  /** The time of each repetition. @throws Aborted after one of them */
  async #repeat(milliseconds: number, signal: AbortSignal | undefined): Promise<number[]> {
    const times: number[] = [];
    const end = performance.now() + milliseconds;
    do {
      const start = performance.now();
      await this.workload?.repeat();
      times.push(performance.now() - start);
      await yieldToEventLoop();
      checkAborted(signal);
    } while (performance.now() < end);
    return times;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Aborted) throw error;
      this.fail(error instanceof Error ? error : new RecurraError(`it threw ${show(error)}`));
    }
  }
}

/** @throws Aborted as soon as the signal is aborted; a backend that is made later is disposed of */
async function makeUnlessAborted(make: BackendMaker, signal: AbortSignal | undefined): Promise<Backend> {
  const made = (async () => make())();
  try {
    return await unlessAborted(made, signal);
  } catch (error) {
    // Nobody waits any longer for one that cannot be made.
    if (error instanceof Aborted) made.then((backend) => backend.dispose()).catch(() => {});
    throw error;
  }
}
