/* The state of the page's training, and the actions of the reader. */
import { useEffect, useMemo, useReducer } from 'preact/hooks';
import { type Baseline, isBetter, type Settings } from '../task.js';
import type { BackendName, Progress, Scored, Started, StartOptions } from '../worker/protocol.js';
import { Client, callAside, type Listeners } from './client.js';
import { readUrl, writeUrl } from './url.js';

export type Status = 'loading' | 'training' | 'paused' | 'finished' | 'failed';

/** The weights that a page ships, with the record that `npx pnpm demos train PAGE` wrote. */
export interface Shipped {
  /** The score of each network, if several are trained side by side. */
  readonly url: string | readonly string[];
  readonly record: {
    readonly command: string;
    readonly settings: Settings;
    readonly seconds: number;
    readonly score: number;
  };
}

/**
 * The weights whose settings are most similar to these; of equally similar ones, and without settings, the
 * first.
 */
export function closest(shipped: readonly Shipped[], settings: Settings = {}): Shipped {
  const likeness = shipped.map(
    ({ record }) =>
      Object.entries(settings).filter(([name, value]) => record.settings[name] === value).length,
  );
  return shipped[likeness.indexOf(Math.max(...likeness))];
}

export class Training {
  status: Status = 'loading';
  options: StartOptions;
  started: Started | undefined;
  progress: Progress | undefined;
  picture: unknown;
  scores: Scored[] = [];
  baselines: readonly Baseline[] = [];
  missing: Partial<Record<BackendName, string>> = {};
  error: string | undefined;
  /** The source of the weights: the seed, the page's trained network, or the reader's file. */
  origin: 'seed' | 'trained' | 'file' = 'seed';
  curves = noCurves();
  readonly #client: Client;
  readonly #changed: () => void;
  #drawing = false;
  /**
   * True while the baselines are still to be computed, after the next picture, which they would slow down.
   */
  #baselinesDue = false;

  constructor(page: string, changed: () => void) {
    const { backend, seed, paused, ...rest } = readUrl();
    this.options = {
      page,
      run: 0,
      backend: isBackend(backend) ? backend : 'cpu',
      seed: /^\d{1,9}$/.test(seed) ? Number(seed) : 1,
      changed: rest,
      paused: paused === '1',
    };
    this.#changed = changed;
    const listeners: Listeners = {
      progress: (progress) => this.#take(progress),
      score: (score) => this.#update(() => this.scores.push(score)),
      picture: (picture) => this.#show(picture),
      finished: () => this.#update(() => Object.assign(this, { status: 'finished' })),
      failed: (error) => this.#update(() => Object.assign(this, { status: 'failed', error })),
    };
    this.#client = new Client(listeners, () => this.options.run);
    this.start({});
  }

  /** Starts a new training, with some options changed. */
  async start(change: Partial<StartOptions>, origin: Training['origin'] = 'seed'): Promise<void> {
    const options = { ...this.options, weights: undefined, ...change, run: this.options.run + 1 };
    const settingsChanged = JSON.stringify(options.changed) !== JSON.stringify(this.options.changed);
    Object.assign(this, { options, origin, status: 'loading', error: undefined, progress: undefined });
    this.scores = [];
    this.curves = noCurves();
    if (this.started === undefined || settingsChanged) {
      this.baselines = [];
      this.#baselinesDue = true;
    }
    this.#draw();
    this.#write();
    try {
      const started = await this.#client.call('start', options);
      if (this.options !== options) return;
      this.#update(() => Object.assign(this, { started, status: options.paused ? 'paused' : 'training' }));
    } catch (error) {
      if (this.options !== options) return;
      const { message } = error as Error;
      if (options.backend === 'cpu') {
        this.#update(() => Object.assign(this, { status: 'failed', error: message }));
        return;
      }
      this.missing = { ...this.missing, [options.backend]: message };
      await this.start({ backend: 'cpu' });
      this.#update(() =>
        Object.assign(this, { error: `${options.backend} does not run here (${message}). This is the CPU.` }),
      );
    }
  }

  /** Loads the weights that the page ships, with the settings they were trained with, and pauses. */
  async useTrained({ url, record }: Shipped): Promise<void> {
    const weights = await Promise.all([url].flat().map(trainedWeights));
    const settings = Object.entries(record.settings).map(([name, value]) => [name, String(value)]);
    const changed = Object.fromEntries(settings.filter(([name]) => name in (this.started?.choices ?? {})));
    await this.start({ weights, paused: true, changed }, 'trained');
  }

  /** Takes the weights of a file for the network that is followed. */
  async useFile(bytes: Uint8Array): Promise<void> {
    const { networks = [], followed } = this.started ?? {};
    const weights = networks.map((_, i) => (i === followed ? bytes : undefined));
    await this.start({ weights, paused: true }, 'file');
  }

  pause(paused: boolean): void {
    this.options = { ...this.options, paused };
    this.#client.call('run', paused);
    this.#write();
    this.#update(() => Object.assign(this, { status: paused ? 'paused' : 'training' }));
  }

  step(): void {
    this.options = { ...this.options, paused: true };
    this.#client.call('step');
    this.#write();
    this.#update(() => Object.assign(this, { status: 'paused' }));
  }

  ask = (question: unknown): Promise<unknown> => this.#client.call('ask', question);

  file(format: 'save' | 'onnx'): Promise<Uint8Array> {
    return this.#client.call(format);
  }

  /** Seconds of training before the score first beat the first baseline; undefined if it has not, or for loaded weights. */
  get passed(): number | undefined {
    const { started, origin } = this;
    const [first] = this.baselines;
    if (!first || !started || origin !== 'seed') return undefined;
    return this.scores.find(({ values }) => isBetter(started.score, values[started.followed], first.score))
      ?.seconds;
  }

  /** Computes the baselines and finds the missing backends in other workers, while the training continues. */
  async #findBaselines(options: StartOptions): Promise<void> {
    const [baselines, missing] = await Promise.all([callAside('baselines', options), callAside('missing')]);
    this.missing = { ...missing, ...this.missing };
    if (JSON.stringify(this.options.changed) === JSON.stringify(options.changed)) this.baselines = baselines;
    this.#draw();
  }

  #show(picture: unknown): void {
    this.#update(() => Object.assign(this, { picture }));
    if (!this.#baselinesDue) return;
    this.#baselinesDue = false;
    this.#findBaselines(this.options).catch(({ message }: Error) =>
      this.#update(() => Object.assign(this, { error: message })),
    );
  }

  #take(progress: Progress): void {
    this.#update(() => {
      this.progress = progress;
      const { steps, losses, gradientNorms } = this.curves;
      for (const taken of progress.steps) {
        steps.push(taken.step);
        append(losses, taken.losses);
        append(gradientNorms, taken.gradientNorms);
      }
    });
  }

  #write(): void {
    const { backend, seed, changed, paused } = this.options;
    const choices = Object.keys(this.started?.choices ?? {}).map((name) => [name, changed[name]]);
    writeUrl({
      ...Object.fromEntries(choices),
      backend: backend === 'cpu' ? undefined : backend,
      seed: seed === 1 ? undefined : String(seed),
      paused: paused && this.origin === 'seed' ? '1' : undefined,
    });
  }

  #update(change: () => unknown): void {
    change();
    this.#draw();
  }

  /** Redraws the page, at most once per frame. */
  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#changed();
    });
  }
}

type Line = (number | null)[];

/** Losses and gradient norms are by network and step. */
function noCurves(): { steps: number[]; losses: Line[]; gradientNorms: Line[] } {
  return { steps: [], losses: [], gradientNorms: [] };
}

function append(lines: Line[], values: readonly (number | null)[]): void {
  for (const [i, value] of values.entries()) {
    lines[i] ??= [];
    lines[i].push(value);
  }
}

async function trainedWeights(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the trained network could not be loaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The page's training; the component is redrawn when it changes. */
export function useTraining(page: string): Training {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const training = useMemo(() => new Training(page, () => redraw(undefined as never)), [page]);
  useEffect(() => {
    document.documentElement.dataset.ready = 'true';
  }, []);
  return training;
}

function isBackend(name: string | undefined): name is BackendName {
  return name === 'cpu' || name === 'webgl' || name === 'webgpu';
}
