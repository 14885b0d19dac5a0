/* One training: networks on a backend that are trained step by step and answer questions between steps. */
import type { Backend } from '@recurra/core';
import type { Step } from '../steps.js';
import { createBackend } from './backends.js';
import type { Events, Progress, Started, StartOptions } from './protocol.js';
import { Runs, type Steps } from './runs.js';
import { type Inference, type Loaded, loadInference, loadTask } from './tasks.js';

type Emit = <Name extends keyof Events>(event: Name, detail: Events[Name]) => void;

/** Milliseconds between two progress messages. Each has all steps since the last. */
const INTERVAL = 100;

export class Session {
  readonly started: Started;
  readonly #runs: Runs;
  readonly #backend: Backend;
  readonly #loaded: Loaded;
  readonly #inference: Inference;
  readonly #emit: Emit;
  /** Resolves when the current step, score, picture or answer is done: only one runs at a time. */
  #work: Promise<unknown> = Promise.resolve();
  #paused: boolean;
  /** Single steps that the reader requested while the training is paused. */
  #single = 0;
  #wake: (() => void) | undefined;
  #closed = false;
  #step = 0;
  #steps: Progress['steps'][number][] = [];
  #seconds = 0;
  /** `#seconds` at the last progress message. */
  #reported = 0;
  #flushed = 0;
  /** The times at which the next picture and the next score are due. */
  readonly #due = { picture: 0, score: 0 };

  static async open(options: StartOptions, emit: Emit): Promise<Session> {
    const [loaded, inference, backend] = await Promise.all([
      loadTask(options),
      loadInference(options.page),
      createBackend(options.backend),
    ]);
    return new Session(await Runs.open(loaded, backend, options), loaded, inference, emit, options.paused);
  }

  constructor(runs: Runs, loaded: Loaded, inference: Inference, emit: Emit, paused: boolean) {
    const { task, settings, data } = loaded;
    const { measure, also, ...score } = task.score;
    const { clip } = task.fit(settings, data);
    this.#runs = runs;
    this.#backend = runs.network.backend;
    this.#loaded = loaded;
    this.#inference = inference;
    this.#emit = emit;
    this.#paused = paused;
    this.started = {
      settings,
      choices: task.choices,
      score,
      device: this.#backend.device ?? this.#backend.name,
      networks: Object.entries(runs.networks).map(([name, { parameters }]) => {
        const sizes = [...parameters.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
        return { name, parameters: sizes.reduce((a, b) => a + b, 0) };
      }),
      followed: runs.followed,
      clip: clip && 'globalNorm' in clip ? clip.globalNorm : undefined,
    };
  }

  /** Trains to the end, or until the session is closed. */
  async train(): Promise<void> {
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
      const steps = await this.#exclusive(() => this.#runs.next());
      const one = steps[this.#runs.followed] ?? steps.find((step) => step);
      if (!one) break;
      this.#seconds += (performance.now() - began) / 1000;
      this.#keep(one.step, steps);
      if (single || one.step === 1 || performance.now() - this.#flushed > INTERVAL) this.#flush(one);
      for (const kind of ['picture', 'score'] as const) {
        if (single || one.summary || this.#isDue(kind)) await this.#show(kind);
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
    const { network, networks } = this.#runs;
    return this.#exclusive(() => this.#inference.answer(network, this.#loaded.data, question, networks));
  }

  save(): Promise<Uint8Array> {
    return this.#exclusive(() => this.#runs.network.save());
  }

  onnx(): Promise<Uint8Array> {
    return this.#exclusive(async () => (await import('@recurra/interop')).writeOnnx(this.#runs.network));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#exclusive(async () => {
      await this.#runs.close();
      this.#backend.dispose();
    });
  }

  #keep(step: number, steps: Steps): void {
    this.#step = step;
    this.#steps.push({
      step,
      losses: steps.map((step) => step?.loss ?? null),
      gradientNorms: steps.map((step) => step?.gradientNorm ?? null),
    });
  }

  #flush({ epoch, epochs }: Step): void {
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

  #isDue(kind: 'picture' | 'score'): boolean {
    const { every } = this.#loaded.task.score;
    if (kind === 'score' && every) return this.#step % every === 0;
    return performance.now() > this.#due[kind];
  }

  /** Emits a picture or a score. The next is delayed by a multiple of its cost, so that training gets most of the time. */
  async #show(kind: 'picture' | 'score'): Promise<void> {
    const { task, data } = this.#loaded;
    const { network, networks } = this.#runs;
    let began = 0;
    await this.#exclusive(async () => {
      // Not before, because an answer to the reader may be in progress, which is not part of the cost.
      began = performance.now();
      if (this.#closed) return;
      if (kind === 'picture') this.#emit('picture', await this.#inference.picture(network, data, networks));
      else
        this.#emit('score', {
          step: this.#step,
          seconds: this.#seconds,
          networkSeconds: this.#runs.seconds,
          values: await this.#runs.each((network) => task.score.measure(network, data, true)),
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
