import { CarriedState } from '../carried-state.js';
import { type Batch, batches } from '../data/batches.js';
import type { NDArray } from '../data/ndarray.js';
import { type Sample, type Samples, splitSamples } from '../data/samples.js';
import { OptionError, StateError } from '../errors.js';
import type { Network } from '../network.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { decodeCheckpoint, encodeCheckpoint, type Progress } from './checkpoint.js';
import { isBetter } from './early-stopping.js';
import { score } from './evaluate.js';
import { type CheckedFitOptions, checkFitOptions, type FitOptions } from './options.js';
import { type EpochSummary, type History, type Trainer, TrainingRun, type TrainingStep } from './run.js';
import { checkStatefulBatches } from './stateful.js';
import { type StepResult, trainStep, type Window } from './step.js';
import { turn } from './turn.js';
import { windowsOf } from './windows.js';

/** See `Network.fit`. `ended` is called once, before the run's `done` settles. */
export function fit(network: Network, samples: Samples, options: FitOptions, ended: () => void): TrainingRun {
  return new TrainingRun(new Fit(network, samples, checkFitOptions(network, options), ended));
}

/** One training: epochs of batches of windows. Between two steps, `progress` says exactly how far it has come. */
class Fit implements Trainer {
  readonly #network: Network;
  readonly #options: CheckedFitOptions;
  readonly #training: Samples;
  readonly #validation: Samples | undefined;
  readonly #optimizer: Optimizer;
  /** Goes from window to window and, in stateful layers, from batch to batch. */
  readonly #carried: CarriedState;
  #progress: Progress = { epoch: 0, batch: 0, window: 0, step: 0, lossSum: 0, weightSum: 0, epochs: [] };
  /** The weights of the best epoch, where they are to be put back. */
  #best: Readonly<Record<string, NDArray>> | undefined;
  /** The work under way: a step and a checkpoint never overlap. */
  #work: Promise<unknown> = Promise.resolve();
  #stopped: History['stopped'] = 'aborted';
  #over = false;

  readonly #ended: () => void;

  constructor(network: Network, samples: Samples, options: CheckedFitOptions, ended: () => void) {
    this.#network = network;
    this.#ended = ended;
    this.#options = options;
    [this.#training, this.#validation] = divide(samples, options.validation);
    for (const part of [this.#training, this.#validation ?? []])
      checkStatefulBatches('fit', network.model, part, options.batchSize);
    this.#optimizer = new Optimizer(options.optimizer, network.backend);
    this.#carried = new CarriedState(network.backend);
    if (!options.resume) return;
    const state = decodeCheckpoint(options.resume, network, this.#optimizer, options);
    this.#progress = state.progress;
    this.#best = state.best;
    this.#carried.restore(state.carried);
  }

  async *steps(): AsyncGenerator<TrainingStep, void, void> {
    let failed = false;
    try {
      yield* this.#epochs();
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      // Left by the signal, or by whoever iterates leaving the loop.
      if (!failed && this.#stopped === 'aborted') await this.#exclusive(() => this.#saveCheckpoint());
      this.#over = true;
      this.#optimizer.dispose();
      this.#carried.clear();
      this.#ended();
    }
  }

  checkpoint(): Promise<Uint8Array> {
    if (this.#over)
      throw new StateError(
        'checkpoint: the training is over; the option checkpoint.save is given each one in time',
      );
    return this.#exclusive(() => this.#encode());
  }

  history(): History {
    const { epochs, step, best } = this.#progress;
    return { epochs: [...epochs], steps: step, bestEpoch: best?.epoch, stopped: this.#stopped };
  }

  async *#epochs(): AsyncGenerator<TrainingStep, void, void> {
    const { epochs, signal } = this.#options;
    while (this.#progress.epoch < epochs && !this.#outOfPatience()) {
      if (signal?.aborted) return;
      for await (const step of this.#epoch()) {
        yield step;
        if (signal?.aborted) return;
        await turn();
      }
    }
    if (this.#best) this.#network.setWeights(this.#best);
    this.#stopped = this.#progress.epoch < epochs ? 'earlyStopping' : 'finished';
  }

  /** The rest of the epoch that is under way. */
  async *#epoch(): AsyncGenerator<TrainingStep, void, void> {
    const { batchSize, bucketByLength, shuffle, seed, window: size, loss } = this.#options;
    const { model } = this.#network;
    const progress = this.#progress;
    const source = batches(this.#training, model.input, {
      batchSize,
      bucketByLength,
      shuffle: shuffle ? { seed, epoch: progress.epoch } : undefined,
      vocabulary: model.layers[0].vocabulary,
    });
    for (let skipped = 0; skipped < progress.batch; skipped++) await source.next();

    // The next batch is fetched before this one is trained on, to know which is the epoch's last.
    for (let next = await source.next(); !next.done; ) {
      const batch = next.value;
      next = await source.next();
      const last = next.done === true;
      const windows = windowsOf(batch, loss, model, size);
      const { batch: at } = progress;
      while (progress.batch === at && progress.window < windows.length) {
        const window = windows[progress.window];
        const ends = progress.window === windows.length - 1;
        const step = await this.#exclusive(() =>
          this.#step(batch, window, { endsBatch: ends, endsEpoch: ends && last }),
        );
        if (step) yield step;
        if (ends) break;
      }
    }
  }

  async #step(
    batch: Batch,
    window: Window,
    at: { endsBatch: boolean; endsEpoch: boolean },
  ): Promise<TrainingStep | undefined> {
    const { loss, clip, gradientNorms } = this.#options;
    const began = performance.now();
    const result = await trainStep(this.#network, this.#optimizer, window, this.#carried, {
      loss,
      clip,
      perStep: gradientNorms === 'perStep',
    });
    const step = result && this.#report(result, (batch.size * 1000) / (performance.now() - began));
    this.#progress.window += 1;
    if (at.endsBatch) this.#endBatch();
    const summary = at.endsEpoch ? await this.#endEpoch() : undefined;
    return step && summary ? { ...step, summary } : step;
  }

  /** Counts a step in, and says how it went. */
  #report(result: StepResult, sequencesPerSecond: number): TrainingStep {
    const progress = this.#progress;
    progress.step = this.#optimizer.step;
    progress.lossSum += result.loss * result.weight;
    progress.weightSum += result.weight;
    const { loss, gradientNorm, gradientNorms, learningRate } = result;
    const samples = this.#training;
    return {
      epoch: progress.epoch + 1,
      epochs: this.#options.epochs,
      batch: progress.batch + 1,
      batches: Array.isArray(samples) ? Math.ceil(samples.length / this.#options.batchSize) : undefined,
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

  async #endEpoch(): Promise<EpochSummary> {
    const { loss, metrics, batchSize, bucketByLength, signal, earlyStopping, restoreBest, checkpoint } =
      this.#options;
    const progress = this.#progress;
    this.#carried.clear();
    const validation =
      this.#validation &&
      (await score(this.#network, this.#validation, {
        loss,
        metrics,
        batchSize,
        bucketByLength,
        stopped: () => signal?.aborted === true,
      }));
    const summary = {
      epoch: progress.epoch + 1,
      loss: progress.weightSum > 0 ? progress.lossSum / progress.weightSum : 0,
      ...(validation && { validation }),
    };
    const judged = validation?.loss ?? summary.loss;
    if (isBetter(judged, progress.best, earlyStopping?.minDelta ?? 0)) {
      progress.best = { loss: judged, epoch: summary.epoch };
      if (restoreBest) this.#best = await this.#network.getWeights();
    }
    progress.epochs.push(summary);
    progress.epoch += 1;
    Object.assign(progress, { batch: 0, lossSum: 0, weightSum: 0 });
    if (checkpoint && progress.epoch % checkpoint.every === 0) await this.#saveCheckpoint();
    return summary;
  }

  #outOfPatience(): boolean {
    const { epoch, best } = this.#progress;
    const { earlyStopping } = this.#options;
    return earlyStopping !== undefined && best !== undefined && epoch - best.epoch >= earlyStopping.patience;
  }

  async #saveCheckpoint(): Promise<void> {
    await this.#options.checkpoint?.save(await this.#encode());
  }

  #encode(): Promise<Uint8Array> {
    const state = { progress: this.#progress, carried: this.#carried.state, best: this.#best };
    return encodeCheckpoint(this.#network, this.#optimizer, this.#options, state);
  }

  /** Runs `work` after whatever is under way. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => {});
    return result;
  }
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
