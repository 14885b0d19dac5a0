import { DeviceError } from '@recurra/core';
import { type SharingCosts, TYPICAL_COSTS } from './sharing.js';
import { canPark, startWorker, type Terminable } from './workers.js';

/** The milliseconds for which thread 0 parks before it checks that the others are alive. */
const CHECK_INTERVAL = 100;
/**
 * The time that thread 0 waits without any progress before it considers a thread lost: PATIENCE milliseconds, plus MAX_SLOWDOWN
 * times what the task had taken when the wait began, because another thread may be that much slower than this one.
 */
const PATIENCE = 10_000;
const MAX_SLOWDOWN = 10;

/** Threads 1 and up of a pool (this one is thread 0), with a check that all of them are alive. */
export class ThreadPool {
  /**
   * The reason why a thread was lost, or undefined while all are alive. Once it is set, nothing may wait for
   * the threads.
   */
  lost: DeviceError | undefined;
  /** Resolves with {@link lost}. */
  readonly whenLost: Promise<DeviceError>;
  /** True once the threads have been told to stop; a thread that ends after that is not lost. */
  stopping = false;
  /** What it costs to share a task. */
  costs: SharingCosts = TYPICAL_COSTS;
  readonly #threads: number;
  readonly #memory: WebAssembly.Memory;
  /** Threads only park on the first words of a shared memory, which this view still covers after the memory has grown. */
  readonly #words: Int32Array;
  readonly #health: Int32Array;
  readonly #workers: Terminable[] = [];
  #resolveLost: (error: DeviceError) => void = () => {};
  /** The start time of the running task. */
  #taskStart = 0;
  /** The word that thread 0 waits for and the value it waits to change; when that wait began, and how long it has lasted. */
  #word = 0;
  #old = 0;
  #waitStart = 0;
  #waited = 0;
  #lastCheck = 0;

  constructor(threads: number, memory: WebAssembly.Memory) {
    this.#threads = threads;
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#health = threads > 1 ? new Int32Array(new SharedArrayBuffer(4)) : new Int32Array(1);
    this.whenLost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
  }

  /**
   * Starts threads 1 to `threads` − 1; resolves when all of them wait for work. They do not keep a Node process alive.
   * @throws DeviceError if one cannot be started
   */
  async start(module: WebAssembly.Module): Promise<void> {
    const data = { module, memory: this.#memory, health: this.#health, threads: this.#threads };
    const events = {
      started: (worker: Terminable) => this.#workers.push(worker),
      failed: (reason: string) => this.#lose(reason),
    };
    const starts = Array.from({ length: this.#threads - 1 }, (_, i) =>
      startWorker({ ...data, thread: i + 1 }, events),
    );
    try {
      await Promise.all(starts);
    } catch (error) {
      this.#terminate();
      throw error;
    }
  }

  /** Must be called before a task that runs on all threads. @throws DeviceError if a thread was lost */
  beginTask(): void {
    if (this.lost) throw this.lost;
    this.#taskStart = performance.now();
    this.#word = 0;
  }

  /**
   * Waits for `word` to change from `old`, for a limited time. The kernels import this as `park` on thread 0, and call it
   * again until the word has changed.
   * @throws DeviceError if another thread has failed, or if no thread has made any progress for too long
   */
  readonly park = (word: number, old: number): void => {
    const now = performance.now();
    if (word !== this.#word || old !== this.#old) {
      this.#word = word;
      this.#old = old;
      this.#waitStart = now;
      this.#waited = 0;
    } else {
      // Each interval counts at most twice its length, because the clock continues while a machine sleeps.
      this.#waited += Math.min(now - this.#lastCheck, 2 * CHECK_INTERVAL);
    }
    this.#lastCheck = now;
    if (Atomics.load(this.#health, 0) !== 0) throw this.#lose('it failed');
    const patience = PATIENCE + MAX_SLOWDOWN * (this.#waitStart - this.#taskStart);
    if (this.#waited > patience) {
      throw this.#lose(`it has not answered for ${Math.round(this.#waited / 1000)} s`);
    }
    if (canPark()) Atomics.wait(this.#words, word >> 2, old, CHECK_INTERVAL);
  };

  /** Terminates every worker: those still alive may be writing to memory that is handed out again later. */
  #lose(reason: string): DeviceError {
    this.lost ??= new DeviceError(
      `cpu: one of the ${this.#threads} threads is lost: ${reason}; make a new backend`,
    );
    if (!this.stopping) this.#resolveLost(this.lost);
    this.#terminate();
    return this.lost;
  }

  #terminate(): void {
    for (const worker of this.#workers.splice(0)) worker.terminate();
  }
}
