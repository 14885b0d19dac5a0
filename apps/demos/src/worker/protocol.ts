/* What the page and its worker say to each other. */
import type { Baseline, Settings, Task } from '../task.js';

export type BackendName = 'cpu' | 'webgl' | 'webgpu' | 'reference';

export interface StartOptions {
  readonly page: string;
  readonly backend: BackendName;
  readonly seed: number;
  /** What the reader changed, as it stands in the URL; the rest is the task's. */
  readonly changed: Readonly<Record<string, string>>;
  /** Weights to go on from, a file of `save` for each network; none: those of the seed. */
  readonly weights?: readonly (Uint8Array | undefined)[];
  readonly paused: boolean;
}

/** What a training is, once it is ready to run. */
export interface Started {
  readonly settings: Settings;
  readonly choices: Task['choices'];
  readonly score: Omit<Task['score'], 'measure'>;
  readonly device: string;
  /** What is trained side by side, in this order everywhere; usually one. */
  readonly networks: readonly { readonly name: string; readonly parameters: number }[];
  /** The index of the network that is saved, exported and compared. */
  readonly followed: number;
  /** The largest global norm that a gradient keeps; absent: any. */
  readonly clip?: number;
}

/** A step of every network; null for one whose numbers have stopped being finite. */
export interface StepOfAll {
  readonly step: number;
  readonly losses: readonly (number | null)[];
  readonly gradientNorms: readonly (number | null)[];
}

/** Held-out scores, by network. */
export interface Scored {
  readonly step: number;
  readonly seconds: number;
  readonly values: readonly number[];
}

/** Steps of training, in a bundle. */
export interface Progress {
  readonly steps: readonly StepOfAll[];
  readonly epoch: number;
  readonly epochs: number;
  /** Spent in training steps so far: not in scores, pictures or pauses. */
  readonly seconds: number;
  readonly perSecond: number;
}

export interface Comparison {
  readonly steps: number;
  readonly devices: readonly [string, string];
  /** Over all weights, after `steps`. */
  readonly difference: number;
  /** The largest weight, to judge the difference by. */
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
  /** Which backends do not run here, and why. */
  missing(): Promise<Partial<Record<BackendName, string>>>;
  baselines(options: StartOptions): Promise<readonly Baseline[]>;
  compare(options: StartOptions & { readonly other: BackendName }): Promise<Comparison>;
}

/** What the worker tells of its own accord. */
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
      readonly [Name in keyof Events]: { readonly event: Name; readonly detail: Events[Name] };
    }[keyof Events];
