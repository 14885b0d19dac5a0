/* The messages between the page and its worker. */
import type { Baseline, Settings, Task } from '../task.js';

export type BackendName = 'cpu' | 'webgl' | 'webgpu' | 'reference';

export interface StartOptions {
  readonly page: string;
  /**
   * The number of trainings that the page has started. Events carry it, so that the page can drop those of an
   * earlier training.
   */
  readonly run: number;
  readonly backend: BackendName;
  readonly seed: number;
  /** The settings that the reader changed, as in the URL; the others are the task's. */
  readonly changed: Readonly<Record<string, string>>;
  /** Weights to start from, a file written by `save` for each network; default: drawn by the seed. */
  readonly weights?: readonly (Uint8Array | undefined)[];
  readonly paused: boolean;
}

/** Facts about a training that is ready to run. */
export interface Started {
  readonly settings: Settings;
  readonly choices: Task['choices'];
  readonly score: Omit<Task['score'], 'measure'>;
  readonly device: string;
  /** The networks that are trained side by side, in this order everywhere; usually one. */
  readonly networks: readonly { readonly name: string; readonly parameters: number }[];
  /** The index of the network that is saved, exported and compared. */
  readonly followed: number;
  /** The global norm to which gradients are clipped; absent: no clipping. */
  readonly clip?: number;
}

/** A step of every network; null for one whose numbers have stopped being finite, and for a gradient that there is not. */
export interface StepOfAll {
  readonly step: number;
  readonly losses: readonly (number | null)[];
  readonly gradientNorms: readonly (number | null)[];
}

/** Held-out scores, by network. */
export interface Scored {
  readonly step: number;
  readonly seconds: number;
  /** The part of `seconds` that each network took. */
  readonly networkSeconds: readonly number[];
  readonly values: readonly number[];
}

/** The training steps since the last such message. */
export interface Progress {
  readonly steps: readonly StepOfAll[];
  readonly epoch: number;
  readonly epochs: number;
  /** The seconds spent in training steps so far, without scores, pictures and pauses. */
  readonly seconds: number;
  /** Sequences. */
  readonly perSecond: number;
}

export interface Comparison {
  readonly steps: number;
  readonly devices: readonly [string, string];
  /** The largest difference between two weights after `steps`. */
  readonly difference: number;
  /** The largest absolute weight, to compare the difference with. */
  readonly largest: number;
}

/** The worker's functions, each called with one argument. */
export interface Calls {
  start(options: StartOptions): Promise<Started>;
  run(paused: boolean): Promise<void>;
  step(): Promise<void>;
  ask(question: unknown): Promise<unknown>;
  save(): Promise<Uint8Array>;
  onnx(): Promise<Uint8Array>;
  /** The backends that do not run here, with the reasons. */
  missing(): Promise<Partial<Record<BackendName, string>>>;
  baselines(options: StartOptions): Promise<readonly Baseline[]>;
  compare(options: StartOptions & { readonly other: BackendName }): Promise<Comparison>;
}

/** The events that the worker sends by itself. */
export interface Events {
  progress: Progress;
  score: Scored;
  picture: unknown;
  finished: undefined;
  failed: string;
}

export type Request = {
  readonly [Name in keyof Calls]: { readonly id: number; readonly call: Name; readonly argument: unknown };
}[keyof Calls];

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | {
      readonly [Name in keyof Events]: {
        readonly event: Name;
        readonly run: number;
        readonly detail: Events[Name];
      };
    }[keyof Events];
