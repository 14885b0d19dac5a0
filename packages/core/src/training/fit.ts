import { Aborted, checkAborted, unlessAborted } from '../abort.js';
import type { Regularizer } from '../cells/cell.js';
import type { OptimizerConfig } from '../contract/optimizer-config.js';
import { type Batch, batches } from '../data/batches.js';
import type { NDArray } from '../data/ndarray.js';
import type { AnySample, Samples } from '../data/samples.js';
import { StateError } from '../errors.js';
import { isTimeToYield } from '../event-loop.js';
import type { ModelTypes } from '../model/types.js';
import { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import { readWeights, replaceWeights } from '../network/weights.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { learningRateAt } from '../optimizers/schedules.js';
import { encodeCheckpoint, type Progress } from './checkpoint.js';
import { completeEpoch } from './complete-epoch.js';
import { divide } from './divide.js';
import { score } from './evaluate.js';
import type { Window } from './forward-window.js';
import { markLast, yieldUnlessAborted } from './iteration.js';
import { addUnaligned } from './losses.js';
import { MetricRuns } from './metric-runs.js';
import { type CheckedFitOptions, checkFitOptions, type FitOptions } from './options.js';
import { regularizersOf } from './penalty.js';
import { reducedRate } from './plateau.js';
import { checkCompleted, decodeCheckpoint, restoreTraining } from './resume.js';
import { type EpochSummary, type History, type Trainer, TrainingRun, type TrainingStep } from './run.js';
import { checkStatefulBatches, statefulOnly } from './stateful.js';
import { type StepResult, trainStep } from './step.js';
import { windowsOf } from './windows.js';

/** See `Network.fit`. `ended` is called once, before the run's `done` settles. */
export function fit(
  network: NetworkBase,
  samples: Samples<AnySample>,
  options: FitOptions<ModelTypes>,
  ended: () => void,
): TrainingRun {
  return new TrainingRun(new Fit(network, samples, checkFitOptions(network, options), ended));
}

/** One training: epochs of batches of windows. Between two steps, `progress` is exact. */
class Fit implements Trainer {
  readonly #network: NetworkBase;
  readonly #options: CheckedFitOptions;
  readonly #training: Samples<AnySample>;
  readonly #validation: Samples<AnySample> | undefined;
  readonly #optimizer: Optimizer;
  readonly #regularizers: ReadonlyMap<string, Regularizer>;
  /** The state that is carried from window to window and, in stateful layers, from batch to batch. */
  readonly #carried: CarriedState;
  #progress: Progress = { epoch: 0, batch: 0, window: 0, step: 0, lossSum: 0, weightSum: 0, epochs: [] };
  /** The metrics on the training data in this epoch, with `trainingMetrics`. */
  #metrics: MetricRuns | undefined;
  /** The weights of the best epoch, with `restoreBest`. */
  #best: Readonly<Record<string, NDArray>> | undefined;
  /** The current work. It serialises steps and the encoding of checkpoints, and never runs user code. */
  #work: Promise<unknown> = Promise.resolve();
  #stopped: History['stopped'] = 'aborted';
  /** True if `save` has received a checkpoint of the current state. */
  #handedOver = false;
  #over = false;

  readonly #ended: () => void;

  constructor(
    network: NetworkBase,
    samples: Samples<AnySample>,
    options: CheckedFitOptions,
    ended: () => void,
  ) {
    this.#network = network;
    this.#ended = ended;
    this.#options = options;
    [this.#training, this.#validation] = divide(samples, options.validation);
    for (const part of [this.#training, this.#validation ?? []])
      checkStatefulBatches('fit', network.model, part, options.batchSize);
    this.#optimizer = new Optimizer(this.#optimizerConfig(), network.backend);
    this.#regularizers = regularizersOf(network);
    if (options.trainingMetrics) this.#metrics = new MetricRuns(options.losses);
    this.#carried = new CarriedState(network.backend);
    if (!options.resume) return;
    const saved = decodeCheckpoint(options.resume, network, options);
    checkCompleted('batches of an epoch', saved.progress.batch, this.#batches());
    const { metrics, ...progress } = saved.progress;
    if (this.#metrics && metrics) this.#metrics = new MetricRuns(options.losses, metrics);
    restoreTraining(saved, network, this.#optimizer, this.#carried);
    this.#progress = progress;
    this.#best = saved.best;
  }

  /** The optimizer, whose learning rate is reduced on plateaus. */
  #optimizerConfig(): OptimizerConfig {
    const { optimizer, reduceOnPlateau } = this.#options;
    if (!reduceOnPlateau) return optimizer;
    const learningRate = (step: number) =>
      reducedRate(learningRateAt(optimizer.learningRate, step), this.#progress.plateau, reduceOnPlateau);
    return { ...optimizer, learningRate };
  }

  async *steps(): AsyncGenerator<TrainingStep, void, void> {
    const { epochs, signal } = this.#options;
    let failed = false;
    try {
      // In here, and not in a generator of its own, because each one that a step passes through costs time.
      while (this.#progress.epoch < epochs && !this.#outOfPatience()) {
        checkAborted(signal);
        yield* this.#epoch();
        checkAborted(signal);
      }
      if (this.#best) replaceWeights(this.#network, Object.entries(this.#best));
      this.#stopped = this.#progress.epoch < epochs ? 'earlyStopping' : 'finished';
    } catch (error) {
      if (!(error instanceof Aborted)) {
        failed = true;
        throw error;
      }
    } finally {
      try {
        // Aborted by the signal, or because the caller left its loop. `save` may already have received this checkpoint.
        const due = !failed && this.#stopped === 'aborted' && !this.#handedOver;
        if (due) await this.#options.checkpoint?.save(await this.#encode());
      } finally {
        this.#over = true;
        this.#ended();
        this.#carried.clear();
        this.#optimizer.dispose();
      }
    }
  }

  checkpoint(): Promise<Uint8Array> {
    if (this.#over) throw new StateError('checkpoint: the training is over; use the option checkpoint.save');
    return this.#encode();
  }

  history(): History {
    const { epochs, step, best } = this.#progress;
    return { epochs: [...epochs], steps: step, bestEpoch: best?.epoch, stopped: this.#stopped };
  }

  /** Runs the rest of the current epoch. Between two steps it yields to the event loop and checks the signal. */
  async *#epoch(): AsyncGenerator<TrainingStep, void, void> {
    const { batchSize, bucketByLength, shuffle, seed, window: size, losses, signal } = this.#options;
    const { model } = this.#network;
    const progress = this.#progress;
    const source = batches(this.#training, model, {
      batchSize,
      bucketByLength,
      shuffle: shuffle ? { seed, epoch: progress.epoch } : undefined,
      signal,
    });
    let seen = 0;
    let lastStep: TrainingStep | undefined;
    for await (const { item: batch, last } of markLast(source)) {
      if (seen++ < progress.batch) {
        await yieldUnlessAborted(signal);
        continue;
      }
      const windows = windowsOf(batch, losses, model, size);
      checkCompleted('windows of a batch', progress.window, windows.length - 1);
      for (let at = progress.window; at < windows.length; at++) {
        const ends = at === windows.length - 1;
        const step = await this.#exclusive(() => this.#step(batch, windows[at], ends));
        if (ends && last) {
          lastStep = step;
          break;
        }
        if (step) yield step;
        if (isTimeToYield()) await yieldUnlessAborted(signal);
        else checkAborted(signal);
      }
    }
    checkCompleted('batches of an epoch', progress.batch, seen);
    let summary: EpochSummary | undefined;
    try {
      summary = await this.#endEpoch();
      await this.#saveEpoch();
    } catch (error) {
      // The step is complete, so it must still be reported.
      if (!(error instanceof Aborted)) throw error;
    }
    if (lastStep) yield { ...lastStep, summary };
  }

  async #step(batch: Batch, window: Window, endsBatch: boolean): Promise<TrainingStep | undefined> {
    const { losses, clip, gradientNorms } = this.#options;
    const began = performance.now();
    const result = await trainStep(this.#network, this.#optimizer, window, this.#carried, {
      losses,
      regularizers: this.#regularizers,
      segments: this.#options.checkpointing,
      clip,
      perStep: gradientNorms === 'perStep',
      samples: batch.indices,
      metrics: this.#metrics,
      onTargets: (targets) => {
        this.#progress.unaligned = addUnaligned(this.#progress.unaligned, targets);
      },
    });
    const step = result && this.#report(result, (batch.size * 1000) / (performance.now() - began));
    this.#handedOver = false;
    this.#progress.window += 1;
    if (endsBatch) this.#endBatch();
    return step;
  }

  /** Updates the progress after a step, and returns the step's report. */
  #report(result: StepResult, sequencesPerSecond: number): TrainingStep {
    const progress = this.#progress;
    progress.step = this.#optimizer.step;
    progress.lossSum += result.loss * result.weight;
    progress.weightSum += result.weight;
    const { loss, gradientNorm, gradientNorms, learningRate } = result;
    return {
      epoch: progress.epoch + 1,
      epochs: this.#options.epochs,
      batch: progress.batch + 1,
      batches: this.#batches(),
      step: progress.step,
      loss,
      gradientNorm,
      gradientNorms,
      learningRate,
      sequencesPerSecond,
    };
  }

  /** Drops the state of all layers except the stateful ones. */
  #endBatch(): void {
    this.#carried.restore(statefulOnly(this.#network.model, this.#carried.state));
    this.#progress.window = 0;
    this.#progress.batch += 1;
  }

  /** @throws Aborted during the validation, which is repeated when the training is resumed */
  async #endEpoch(): Promise<EpochSummary> {
    const { losses, batchSize, bucketByLength, signal } = this.#options;
    const validation =
      this.#validation &&
      (await score(this.#network, this.#validation, { losses, batchSize, bucketByLength, signal }));
    return this.#exclusive(async () => {
      const progress = this.#progress;
      this.#carried.clear();
      const training = this.#metrics?.values();
      if (this.#metrics) this.#metrics = new MetricRuns(losses);
      const { summary, isBest } = completeEpoch(progress, { training, validation }, this.#options);
      if (isBest && this.#options.restoreBest) this.#best = await readWeights(this.#network);
      return summary;
    });
  }

  /** @throws Aborted without waiting for `save` to finish, because `save` already has the bytes */
  async #saveEpoch(): Promise<void> {
    const { checkpoint, signal } = this.#options;
    if (!checkpoint || this.#progress.epoch % checkpoint.every !== 0) return;
    const bytes = await this.#encode();
    this.#handedOver = true;
    await unlessAborted(Promise.resolve(checkpoint.save(bytes)), signal);
  }

  /** The number of batches in an epoch; undefined if the number of samples is unknown. */
  #batches(): number | undefined {
    const samples = this.#training;
    return Array.isArray(samples) ? Math.ceil(samples.length / this.#options.batchSize) : undefined;
  }

  #outOfPatience(): boolean {
    const { epoch, best } = this.#progress;
    const { earlyStopping } = this.#options;
    return earlyStopping !== undefined && epoch - (best?.epoch ?? 0) >= earlyStopping.patience;
  }

  /** Encodes a checkpoint of the state after the current step. */
  #encode(): Promise<Uint8Array> {
    return this.#exclusive(async () => {
      const { batch, window } = this.#progress;
      const metrics = batch > 0 || window > 0 ? this.#metrics?.states() : undefined;
      const progress = { ...this.#progress, ...(metrics && { metrics }) };
      const state = { progress, carried: this.#carried.state, best: this.#best };
      return encodeCheckpoint(this.#network, this.#optimizer, this.#options, state);
    });
  }

  /** Runs `work` after the current work. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => {});
    return result;
  }
}
