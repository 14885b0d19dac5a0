/* What a page trains: one file that the worker in the reader's browser and the recorded training in Node both run. */
import type { FitOptions, Model, Network, Sample } from '@recurra/core';

/** The numbers and words that a reader can change; they stand in the page's URL. */
export type Settings = Readonly<Record<string, number | string>>;

/** The training samples, and whatever else the task and its page need. */
export interface Data {
  readonly training: readonly Sample[];
}

export interface Baseline {
  readonly name: string;
  readonly score: number;
}

export interface Task<S extends Settings = Settings, D extends Data = Data> {
  /** The files that `prepare` is given the bytes of, in this order. */
  readonly files: readonly URL[];
  /** The defaults. */
  readonly settings: S;
  /** The values that the page offers for some of the settings. */
  readonly choices: {
    readonly [Name in keyof S]?: { readonly label: string; readonly values: readonly S[Name][] };
  };
  /**
   * The setting in which networks differ that are trained side by side, one for each of its choices, on the same samples in the
   * same order; the samples do not depend on it. The reader's choice is the one that is saved, exported and compared. Absent: one
   * network.
   */
  readonly sideBySide?: keyof S & string;
  /** What the recorded training changes in the settings. */
  readonly recorded: Partial<S>;
  /** Training steps on each backend before two backends are compared. */
  readonly comparedSteps: number;
  prepare(files: readonly Uint8Array[], settings: S): Promise<D>;
  model(settings: S, data: D): Model;
  fit(settings: S, data: D): FitOptions;
  readonly score: {
    /** What is measured, on which data. */
    readonly label: string;
    readonly unit: string;
    readonly better: 'higher' | 'lower';
    readonly decimals: number;
    /** Measured every so many steps, the same at every training. Absent: every second or so. */
    readonly every?: number;
    /** A network with a better score than this counts as having learnt the task. */
    readonly learnt?: number;
    /** On data that training never sees. `quick`: on a fixed part of it, while the reader watches. */
    measure(network: Network, data: D, quick: boolean): Promise<number>;
  };
  /** Simpler methods, scored on the same data; the first is the one to beat. */
  baselines(data: D, quick: boolean): readonly Baseline[];
}

/** One of the networks that a task trains. */
export interface Variant {
  /** The value of the setting in which it differs; empty where there is only one. */
  readonly name: string;
  readonly settings: Settings;
  /** Whether it is the reader's choice. */
  readonly followed: boolean;
}

/** The networks that a task trains side by side; usually one. */
export function variantsOf({ sideBySide, choices }: Task, settings: Settings): readonly Variant[] {
  const values = sideBySide === undefined ? undefined : choices[sideBySide]?.values;
  if (sideBySide === undefined || !values) return [{ name: '', settings, followed: true }];
  return values.map((value) => ({
    name: String(value),
    settings: { ...settings, [sideBySide]: value },
    followed: value === settings[sideBySide],
  }));
}

export function isBetter({ better }: Pick<Task['score'], 'better'>, score: number, than: number): boolean {
  return better === 'higher' ? score > than : score < than;
}

/** Types a task file. */
export function defineTask<S extends Settings, D extends Data>(task: Task<S, D>): Task<S, D> {
  return task;
}

/** What a task's `prepare` gives. */
export type DataOf<T> = T extends Task<infer _, infer D> ? D : never;
