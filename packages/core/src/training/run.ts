import { yieldToEventLoop } from '../event-loop.js';
import type { Scores } from '../metrics/scores.js';

/** What one epoch came to: the losses, and each metric on the validation data by its name. */
export interface EpochSummary<Measured = Scores> {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss. */
  readonly loss: number;
  /** The loss and metrics on the validation data, where there are some. */
  readonly validation?: Measured;
}

/** One update of the weights. */
export interface TrainingStep<Measured = Scores> {
  /** From 1; `epochs` in all. */
  readonly epoch: number;
  readonly epochs: number;
  /** From 1 in each epoch; `batches` in all, where the number of samples is known. */
  readonly batch: number;
  readonly batches?: number;
  /** Updates of the weights so far, this one included. With truncated BPTT a batch has several. */
  readonly step: number;
  readonly loss: number;
  /** Global L2 norm of the gradient, before clipping. */
  readonly gradientNorm: number;
  /** With `gradientNorms: 'perStep'`: for each recurrent layer, by name, the L2 norm of ∂loss/∂h at each time step. */
  readonly gradientNorms?: Readonly<Record<string, readonly number[]>>;
  readonly learningRate: number;
  readonly sequencesPerSecond: number;
  /** Set at the last step of an epoch. */
  readonly summary?: EpochSummary<Measured>;
}

/** How a training went. */
export interface History<Measured = Scores> {
  readonly epochs: readonly EpochSummary<Measured>[];
  /** Updates of the weights. */
  readonly steps: number;
  /** The epoch with the lowest validation loss; without validation data, training loss. */
  readonly bestEpoch?: number;
  readonly stopped: 'finished' | 'earlyStopping' | 'aborted';
}

/** What a run drives. `Measured` are the scores on the validation data. */
export interface Trainer<Measured = Scores> {
  /** The steps, one by one; between two of them the training can end. */
  steps(): AsyncGenerator<TrainingStep<Measured>, void, void>;
  history(): History<Measured>;
  checkpoint(): Promise<Uint8Array>;
}

interface Settle<Measured> {
  resolve(history: History<Measured>): void;
  reject(error: unknown): void;
}

/**
 * A training under way. It starts by itself. A caller that iterates over it sets its pace, and aborts it by leaving the loop;
 * a caller that only awaits `done` lets it run.
 */
export class TrainingRun<Measured = Scores> implements AsyncIterable<TrainingStep<Measured>> {
  /** The history, once training has ended, by abortion too; rejects with what went wrong. */
  readonly done: Promise<History<Measured>>;
  readonly #trainer: Trainer<Measured>;
  readonly #steps: AsyncGenerator<TrainingStep<Measured>, void, void>;
  #iterated = false;

  /** Use `network.fit`. */
  constructor(trainer: Trainer<Measured>) {
    this.#trainer = trainer;
    let settle: Settle<Measured> | undefined;
    this.done = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#steps = this.#run(settle as unknown as Settle<Measured>);
    this.#drain();
  }

  /**
   * Everything needed to go on from here as if there had been no break: `network.fit(samples, { …, resume: bytes })`.
   * @throws StateError once the training is over
   */
  checkpoint(): Promise<Uint8Array> {
    return this.#trainer.checkpoint();
  }

  [Symbol.asyncIterator](): AsyncGenerator<TrainingStep<Measured>, void, void> {
    this.#iterated = true;
    // A caller that iterates gets a failure from the iterator; `done` need not be awaited too.
    this.done.catch(() => {});
    return this.#steps;
  }

  async *#run(settle: Settle<Measured>): AsyncGenerator<TrainingStep<Measured>, void, void> {
    try {
      yield* this.#trainer.steps();
    } catch (error) {
      settle.reject(error);
      throw error;
    } finally {
      settle.resolve(this.#trainer.history());
    }
  }

  /** Runs the training until a caller iterates. */
  async #drain(): Promise<void> {
    await yieldToEventLoop(true);
    try {
      while (!this.#iterated && !(await this.#steps.next()).done);
    } catch {
      // `done` has it.
    }
  }
}
