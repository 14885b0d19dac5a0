import { Aborted, checkAborted, unlessAborted } from '../abort.js';
import { type Batch, batches } from '../data/batches.js';
import type { NDArray } from '../data/ndarray.js';
import { type Sample, type Samples, splitSamples } from '../data/samples.js';
import { OptionError, StateError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { encodeCheckpoint, type Progress } from './checkpoint.js';
import { isBetter } from './early-stopping.js';
import { score } from './evaluate.js';
import type { Window } from './forward-window.js';
import { type CheckedFitOptions, checkFitOptions, type FitOptions } from './options.js';
import { checkCompleted, decodeCheckpoint, restoreTraining } from './resume.js';
import { type EpochSummary, type History, type Trainer, TrainingRun, type TrainingStep } from './run.js';
import { checkStatefulBatches } from './stateful.js';
import { type StepResult, trainStep } from './step.js';
import { windowsOf } from './windows.js';

/** See `Network.fit`. `ended` is called once, before the run's `done` settles. */
export function fit(
  network: NetworkBase,
  samples: Samples,
  options: FitOptions,
  ended: () => void,
): TrainingRun {
  return new TrainingRun(new Fit(network, samples, checkFitOptions(network, options), ended));
}

/** One training: epochs of batches of windows. Between two steps, `progress` says exactly how far it has come. */
class Fit implements Trainer {
  readonly #network: NetworkBase;
  readonly #options: CheckedFitOptions;
  readonly #training: Samples;
  readonly #validation: Samples | undefined;
  readonly #optimizer: Optimizer;
  /** Goes from window to window and, in stateful layers, from batch to batch. */
  readonly #carried: CarriedState;
  #progress: Progress = { epoch: 0, batch: 0, window: 0, step: 0, lossSum: 0, weightSum: 0, epochs: [] };
  /** The weights of the best epoch, if they are to be restored. */
  #best: Readonly<Record<string, NDArray>> | undefined;
  /** The work under way: a step and the reading of a checkpoint never overlap. Nothing of the user's runs in it. */
  #work: Promise<unknown> = Promise.resolve();
  #stopped: History['stopped'] = 'aborted';
  /** `save` was given a checkpoint after which nothing has changed. */
  #handedOver = false;
  #over = false;

  readonly #ended: () => void;

  constructor(network: NetworkBase, samples: Samples, options: CheckedFitOptions, ended: () => void) {
    this.#network = network;
    this.#ended = ended;
    this.#options = options;
    [this.#training, this.#validation] = divide(samples, options.validation);
    for (const part of [this.#training, this.#validation ?? []])
      checkStatefulBatches('fit', network.model, part, options.batchSize);
    this.#optimizer = new Optimizer(options.optimizer, network.backend);
    this.#carried = new CarriedState(network.backend);
    if (!options.resume) return;
    const saved = decodeCheckpoint(options.resume, network, options);
    checkCompleted('batches of an epoch', saved.progress.batch, this.#batches());
    restoreTraining(saved, network, this.#optimizer, this.#carried);
    this.#progress = saved.progress;
    this.#best = saved.best;
  }

  async *steps(): AsyncGenerator<TrainingStep, void, void> {
    let failed = false;
    try {
      yield* this.#epochs();
    } catch (error) {
      if (!(error instanceof Aborted)) {
        failed = true;
        throw error;
      }
    } finally {
      try {
        // Aborted by the signal, or because the caller left its loop. `save` may already have been given this checkpoint.
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
    if (this.#over)
      throw new StateError(
        'checkpoint: the training is over; the option checkpoint.save is given each one in time',
      );
    return this.#encode();
  }

  history(): History {
    const { epochs, step, best } = this.#progress;
    return { epochs: [...epochs], steps: step, bestEpoch: best?.epoch, stopped: this.#stopped };
  }

  async *#epochs(): AsyncGenerator<TrainingStep, void, void> {
    const { epochs, signal } = this.#options;
    while (this.#progress.epoch < epochs && !this.#outOfPatience()) {
      checkAborted(signal);
      yield* this.#epoch();
      checkAborted(signal);
    }
    if (this.#best) this.#network.replaceWeights(Object.entries(this.#best));
    this.#stopped = this.#progress.epoch < epochs ? 'earlyStopping' : 'finished';
  }

  /** The rest of the epoch that is under way. Between two steps timers run, and the signal is heard. */
  async *#epoch(): AsyncGenerator<TrainingStep, void, void> {
    const { batchSize, bucketByLength, shuffle, seed, window: size, loss, signal } = this.#options;
    const { model } = this.#network;
    const progress = this.#progress;
    const source = batches(this.#training, model.input, {
      batchSize,
      bucketByLength,
      shuffle: shuffle ? { seed, epoch: progress.epoch } : undefined,
      vocabulary: model.layers[0].vocabulary,
      signal,
    });
    let seen = 0;
    let lastStep: TrainingStep | undefined;
    for await (const { item: batch, last } of markLast(source)) {
      if (seen++ < progress.batch) {
        await yieldUnlessAborted(signal);
        continue;
      }
      const windows = windowsOf(batch, loss, model, size);
      checkCompleted('windows of a batch', progress.window, windows.length - 1);
      for (let at = progress.window; at < windows.length; at++) {
        const ends = at === windows.length - 1;
        const step = await this.#exclusive(() => this.#step(batch, windows[at], ends));
        if (ends && last) {
          lastStep = step;
          break;
        }
        if (step) yield step;
        await yieldUnlessAborted(signal);
      }
    }
    checkCompleted('batches of an epoch', progress.batch, seen);
    let summary: EpochSummary | undefined;
    try {
      summary = await this.#endEpoch();
      await this.#saveEpoch();
    } catch (error) {
      // The step was taken, and is still to be reported.
      if (!(error instanceof Aborted)) throw error;
    }
    if (lastStep) yield { ...lastStep, summary };
  }

  async #step(batch: Batch, window: Window, endsBatch: boolean): Promise<TrainingStep | undefined> {
    const { loss, clip, gradientNorms } = this.#options;
    const began = performance.now();
    const result = await trainStep(this.#network, this.#optimizer, window, this.#carried, {
      loss,
      clip,
      perStep: gradientNorms === 'perStep',
      samples: batch.indices,
    });
    const step = result && this.#report(result, (batch.size * 1000) / (performance.now() - began));
    this.#handedOver = false;
    this.#progress.window += 1;
    if (endsBatch) this.#endBatch();
    return step;
  }

  /** Counts a step in, and says how it went. */
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

  /** Only stateful layers go on from here. */
  #endBatch(): void {
    const { built } = this.#network.model;
    this.#carried.restore(this.#carried.state.map((state, layer) => (built[layer].stateful ? state : [])));
    this.#progress.window = 0;
    this.#progress.batch += 1;
  }

  /** @throws Aborted during the validation, which is then done again when the training goes on */
  async #endEpoch(): Promise<EpochSummary> {
    const { loss, metrics, batchSize, bucketByLength, signal, earlyStopping, restoreBest } = this.#options;
    const validation =
      this.#validation &&
      (await score(this.#network, this.#validation, { loss, metrics, batchSize, bucketByLength, signal }));
    return this.#exclusive(async () => {
      const progress = this.#progress;
      this.#carried.clear();
      const summary = {
        epoch: progress.epoch + 1,
        loss: progress.weightSum > 0 ? progress.lossSum / progress.weightSum : 0,
        ...(validation && { validation }),
      };
      const judged = validation?.loss ?? summary.loss;
      if (isBetter(judged, progress.best, earlyStopping?.minDelta ?? 0)) {
        if (restoreBest) this.#best = await this.#network.getWeights();
        progress.best = { loss: judged, epoch: summary.epoch };
      }
      progress.epochs.push(summary);
      progress.epoch += 1;
      Object.assign(progress, { batch: 0, lossSum: 0, weightSum: 0 });
      return summary;
    });
  }

  /** @throws Aborted, without waiting for `save` to end: it has all that it needs */
  async #saveEpoch(): Promise<void> {
    const { checkpoint, signal } = this.#options;
    if (!checkpoint || this.#progress.epoch % checkpoint.every !== 0) return;
    const bytes = await this.#encode();
    this.#handedOver = true;
    await unlessAborted(Promise.resolve(checkpoint.save(bytes)), signal);
  }

  /** Of an epoch, where the number of samples is known. */
  #batches(): number | undefined {
    const samples = this.#training;
    return Array.isArray(samples) ? Math.ceil(samples.length / this.#options.batchSize) : undefined;
  }

  #outOfPatience(): boolean {
    const { epoch, best } = this.#progress;
    const { earlyStopping } = this.#options;
    return earlyStopping !== undefined && epoch - (best?.epoch ?? 0) >= earlyStopping.patience;
  }

  /** A checkpoint of the moment after the step under way. */
  #encode(): Promise<Uint8Array> {
    return this.#exclusive(() => {
      const state = { progress: this.#progress, carried: this.#carried.state, best: this.#best };
      return encodeCheckpoint(this.#network, this.#optimizer, this.#options, state);
    });
  }

  /** Runs `work` after whatever is under way. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => {});
    return result;
  }
}

/** Each item, and whether it is the last, for which the next one is read first. */
async function* markLast<T>(source: AsyncIterable<T>): AsyncGenerator<{ item: T; last: boolean }> {
  let held: { item: T } | undefined;
  for await (const item of source) {
    if (held) yield { item: held.item, last: false };
    held = { item };
  }
  if (held) yield { item: held.item, last: true };
}

/** Lets the event loop run. @throws Aborted if the signal is aborted */
async function yieldUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await yieldToEventLoop();
  checkAborted(signal);
}

function divide(
  samples: Samples,
  validation: CheckedFitOptions['validation'],
): [Samples, Samples | undefined] {
  if (validation?.split === undefined) return [samples, validation?.samples];
  if (!Array.isArray(samples))
    throw new OptionError('validation: split wants the samples in an array; else give { samples }');
  const parts = splitSamples(samples as readonly Sample[], validation.split);
  return [parts.training, parts.validation];
}
