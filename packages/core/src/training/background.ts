import { yieldToEventLoop } from '../event-loop.js';

/** Work that a {@link BackgroundRun} controls. */
export interface BackgroundWork<Step, Result> {
  /** Yields the steps. The consumer can end the work between two steps. */
  steps(): AsyncGenerator<Step, void, void>;
  /** The result so far. */
  history(): Result;
}

interface Settle<Result> {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Work in progress. It starts by itself. If the caller iterates over it, each step waits for the caller, and leaving the loop
 * aborts the work. If the caller only awaits `done`, it runs without pausing.
 */
export class BackgroundRun<Step, Result> implements AsyncIterable<Step> {
  /** Resolves with the result when the work has ended or was aborted; rejects if it failed. */
  readonly done: Promise<Result>;
  readonly #work: BackgroundWork<Step, Result>;
  readonly #steps: AsyncGenerator<Step, void, void>;
  #iterated = false;

  constructor(work: BackgroundWork<Step, Result>) {
    this.#work = work;
    let settle: Settle<Result> | undefined;
    this.done = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#steps = this.#run(settle as unknown as Settle<Result>);
    this.#drain();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Step, void, void> {
    this.#iterated = true;
    // A caller that iterates gets errors from the iterator, so an unhandled rejection of `done` is ignored.
    this.done.catch(() => {});
    return this.#steps;
  }

  async *#run(settle: Settle<Result>): AsyncGenerator<Step, void, void> {
    try {
      yield* this.#work.steps();
    } catch (error) {
      settle.reject(error);
      throw error;
    } finally {
      settle.resolve(this.#work.history());
    }
  }

  /** Runs the work until a caller iterates. */
  async #drain(): Promise<void> {
    await yieldToEventLoop(true);
    try {
      while (!this.#iterated && !(await this.#steps.next()).done);
    } catch {
      // `done` rejects with this error.
    }
  }
}
