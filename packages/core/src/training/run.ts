import type { Scores } from '../metrics/scores.js';
import { BackgroundRun, type BackgroundWork } from './background.js';

/** The results of one epoch: the losses and the metrics. */
export interface EpochSummary<Measured = Scores> {
  /** Counted from 1. */
  readonly epoch: number;
  /** The mean training loss. */
  readonly loss: number;
  /**
   * The number of training samples that the loss left out, because their labels cannot be aligned; present for the loss
   * `ctc` with `zeroInfinity`.
   */
  readonly unaligned?: number;
  /** The loss and metrics on the training data; absent without `trainingMetrics`. */
  readonly training?: Measured;
  /** The loss and metrics on the validation data; absent without validation data. */
  readonly validation?: Measured;
}

/** One update of the weights. */
export interface TrainingStep<Measured = Scores> {
  /** Counted from 1; the last one is `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Counted from 1 in each epoch; the last one is `batches`, which is known if the number of samples is known. */
  readonly batch: number;
  readonly batches?: number;
  /** The number of weight updates so far, including this one. With truncated BPTT, a batch has several. */
  readonly step: number;
  readonly loss: number;
  /** The global L2 norm of the gradient, before clipping. */
  readonly gradientNorm: number;
  /**
   * The L2 norm of ∂loss/∂h at each time step, for each recurrent layer by name. Present with `gradientNorms:
   * 'perStep'`.
   */
  readonly gradientNorms?: Readonly<Record<string, readonly number[]>>;
  readonly learningRate: number;
  readonly sequencesPerSecond: number;
  /** Set at the last step of an epoch. */
  readonly summary?: EpochSummary<Measured>;
}

/** The results of a training. */
export interface History<Measured = Scores> {
  readonly epochs: readonly EpochSummary<Measured>[];
  /** The number of weight updates. */
  readonly steps: number;
  /**
   * The epoch with the best monitored score: by default the lowest validation loss, or training loss if there is no
   * validation data.
   */
  readonly bestEpoch?: number;
  readonly stopped: 'finished' | 'earlyStopping' | 'aborted';
}

/** The training that a run controls. `Measured` is the type of its scores. */
export interface Trainer<Measured = Scores>
  extends BackgroundWork<TrainingStep<Measured>, History<Measured>> {
  checkpoint(): Promise<Uint8Array>;
}

/** A training in progress, which `network.fit` starts. */
export class TrainingRun<Measured = Scores> extends BackgroundRun<TrainingStep<Measured>, History<Measured>> {
  readonly #trainer: Trainer<Measured>;

  /** Use `network.fit`. */
  constructor(trainer: Trainer<Measured>) {
    super(trainer);
    this.#trainer = trainer;
  }

  /**
   * Encodes a checkpoint. A training resumed from it, with `network.fit(samples, { …, resume: bytes })`, gives the same
   * results as an uninterrupted one.
   * @throws StateError once the training is over
   */
  checkpoint(): Promise<Uint8Array> {
    return this.#trainer.checkpoint();
  }
}
