import { Aborted, checkAborted, unlessAborted } from '../abort.js';
import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import { RecurraError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { show } from '../options.js';
import type { PreparedWorkload } from './workload.js';

/** An async function that creates a backend: `cpu`, or `() => webgpu({ allowSoftware: true })`. */
export type BackendMaker = () => Promise<Backend>;

/** One of the backends to choose from, with its results so far. */
export class Candidate {
  /** The name of the backend or, before it is created, of its maker. */
  name: string;
  backend?: Backend;
  workload?: PreparedWorkload;
  outputs: readonly ArrayLike<number>[] = [];
  /** The time of each repetition, in milliseconds. */
  readonly times: number[] = [];
  /** The time of all its rounds so far, in milliseconds. */
  spentMs = 0;
  /** The reason why it cannot be chosen. Its backend is then disposed. */
  error?: Error;
  /** The time for computing the outputs, in milliseconds. */
  #outputsMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Creates the backend and computes the outputs. */
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

  /** Repeats the work for `milliseconds`, including the time for computing the outputs, without recording the times. */
  async warmUp(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    const remaining = milliseconds - this.#outputsMs;
    if (remaining > 0) await this.#attempt(async () => void (await this.#repeat(remaining, signal)));
  }

  /** Repeats the work for `milliseconds`, at least once, and records the times. */
  runRound(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return this.#attempt(async () => {
      const began = performance.now();
      this.times.push(...(await this.#repeat(milliseconds, signal)));
      this.spentMs += performance.now() - began;
    });
  }

  /** Excludes the candidate from the choice. */
  fail(error: Error): void {
    this.error = error;
    this.backend?.dispose();
  }

  /** Returns the time of each repetition. @throws Aborted after a repetition if the signal is aborted */
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

/** @throws Aborted as soon as the signal is aborted; a backend that is created later is disposed */
async function makeUnlessAborted(make: BackendMaker, signal: AbortSignal | undefined): Promise<Backend> {
  const made = (async () => make())();
  try {
    return await unlessAborted(made, signal);
  } catch (error) {
    // The result is no longer needed: dispose a backend that is created later, and ignore later errors.
    if (error instanceof Aborted) made.then((backend) => backend.dispose()).catch(() => {});
    throw error;
  }
}
