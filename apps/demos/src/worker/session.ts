/* One training: a network on a backend that is trained step by step and answers questions between steps. */
import { type Backend, loadNetwork, type Network, type TrainingRun } from '@recurra/core';
import { createBackend } from './backends.js';
import type { Events, Progress, Started, StartOptions } from './protocol.js';
import { type Inference, type Loaded, loadInference, loadTask } from './tasks.js';

type Emit = <Name extends keyof Events>(event: Name, detail: Events[Name]) => void;

/** Milliseconds between two progress messages. Each has all steps since the last. */
const INTERVAL = 100;

export class Session {
  readonly started: Started;
  readonly #network: Network;
  readonly #backend: Backend;
  readonly #loaded: Loaded;
  readonly #inference: Inference;
  readonly #emit: Emit;
  readonly #training: TrainingRun;
  /** Resolves when the current step, score, picture or answer is done: only one runs at a time. */
  #work: Promise<unknown> = Promise.resolve();
  #paused: boolean;
  /** Single steps that the reader asked for while it is paused. */
  #single = 0;
  #wake: (() => void) | undefined;
  #closed = false;
  #steps: Progress['steps'][number][] = [];
  #seconds = 0;
  /** `#seconds` at the last progress message. */
  #reported = 0;
  #flushed = 0;
  /** When the next picture and the next score are due. */
  readonly #due = { picture: 0, score: 0 };

  static async open(options: StartOptions, emit: Emit): Promise<Session> {
    const [loaded, inference, backend] = await Promise.all([
      loadTask(options),
      loadInference(options.page),
      createBackend(options.backend),
    ]);
    const { task, settings, data } = loaded;
    const network = options.weights
      ? await loadNetwork(options.weights, backend)
      : task.model(settings, data).on(backend, { seed: options.seed });
    return new Session(network, loaded, inference, emit, options);
  }

  constructor(
    network: Network,
    loaded: Loaded,
    inference: Inference,
    emit: Emit,
    { seed, paused }: StartOptions,
  ) {
    const { task, settings, data } = loaded;
    const { measure, ...score } = task.score;
    const weights = [...network.parameters.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    this.#network = network;
    this.#backend = network.backend;
    this.#loaded = loaded;
    this.#inference = inference;
    this.#emit = emit;
    this.#paused = paused;
    this.started = {
      settings,
      choices: task.choices,
      score,
      device: network.backend.device ?? network.backend.name,
      parameters: weights.reduce((a, b) => a + b, 0),
    };
    this.#training = network.fit(data.training, { ...task.fit(settings, data), seed });
  }

  /** Trains to the end, or until the session is closed. */
  async train(): Promise<void> {
    const steps = this.#training[Symbol.asyncIterator]();
    await this.#show('picture');
    if (this.#paused) await this.#show('score');
    // The first steps come before the first score.
    else this.#due.score = performance.now() + 600;
    while (true) {
      while (this.#paused && this.#single === 0 && !this.#closed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#closed) break;
      const single = this.#paused;
      if (single) this.#single--;
      const began = performance.now();
      const { value, done } = await this.#exclusive(() => steps.next());
      if (done) break;
      this.#seconds += (performance.now() - began) / 1000;
      this.#steps.push({ step: value.step, loss: value.loss, gradientNorm: value.gradientNorm });
      if (single || value.step === 1 || performance.now() - this.#flushed > INTERVAL) this.#flush(value);
      for (const kind of ['picture', 'score'] as const) {
        if (single || value.summary || performance.now() > this.#due[kind]) await this.#show(kind);
      }
    }
    if (!this.#closed) {
      await this.#show('picture');
      await this.#show('score');
      this.#emit('finished', undefined);
    }
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#wake?.();
  }

  step(): void {
    this.#paused = true;
    this.#single++;
    this.#wake?.();
  }

  ask(question: unknown): Promise<unknown> {
    return this.#exclusive(() => this.#inference.answer(this.#network, this.#loaded.data, question));
  }

  save(): Promise<Uint8Array> {
    return this.#exclusive(() => this.#network.save());
  }

  onnx(): Promise<Uint8Array> {
    return this.#exclusive(async () => (await import('@recurra/interop')).writeOnnx(this.#network));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#exclusive(async () => {
      await this.#training[Symbol.asyncIterator]().return();
      this.#network.dispose();
      this.#backend.dispose();
    });
  }

  #flush({ epoch, epochs }: { epoch: number; epochs: number }): void {
    const steps = this.#steps;
    const { batchSize = 32 } = this.#loaded.task.fit(this.#loaded.settings, this.#loaded.data);
    this.#emit('progress', {
      steps,
      epoch,
      epochs,
      seconds: this.#seconds,
      perSecond: (batchSize * steps.length) / (this.#seconds - this.#reported),
    });
    this.#steps = [];
    this.#reported = this.#seconds;
    this.#flushed = performance.now();
  }

  /** Emits a picture or a score. The next is delayed by a multiple of its cost, so that training gets most of the time. */
  async #show(kind: 'picture' | 'score'): Promise<void> {
    const { task, data } = this.#loaded;
    const began = performance.now();
    await this.#exclusive(async () => {
      if (this.#closed) return;
      if (kind === 'picture') this.#emit('picture', await this.#inference.picture(this.#network, data));
      else
        this.#emit('score', {
          seconds: this.#seconds,
          value: await task.score.measure(this.#network, data, true),
        });
    });
    const now = performance.now();
    this.#due[kind] = now + Math.max(kind === 'picture' ? 400 : 800, 4 * (now - began));
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => {});
    return result;
  }
}
