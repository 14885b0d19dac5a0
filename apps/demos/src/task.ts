/*
 * The task that a page trains. The worker in the reader's browser and the recorded training in Node run the
 * same task file.
 */
import type {
  EvolveOptions,
  FitOptions,
  Model,
  ModelTypes,
  Network,
  NetworkScore,
  SampleOf,
  Samples,
} from '@recurra/core';

/** The numbers and names that a reader can change. They are kept in the page's URL. */
export type Settings = Readonly<Record<string, number | string>>;

/** The training samples, with whatever else the task and its page need. */
export interface Data<Types extends ModelTypes = 'chain'> {
  /** A function returns the samples of one pass, so that they may change from pass to pass. */
  readonly training: Samples<SampleOf<Types>>;
}

export interface Baseline {
  readonly name: string;
  readonly score: number;
}

/** @typeParam Types of a graph the types of its inputs and outputs */
export interface Task<
  S extends Settings = Settings,
  Types extends ModelTypes = 'chain',
  D extends Data<Types> = Data<Types>,
> {
  /** The files whose bytes `prepare` receives, in this order. */
  readonly files: readonly URL[];
  /** The defaults. */
  readonly settings: S;
  /** The values that the page offers for some of the settings. */
  readonly choices: {
    readonly [Name in keyof S]?: { readonly label: string; readonly values: readonly S[Name][] };
  };
  /**
   * The setting in which the networks trained side by side differ: one network for each of its choices, all on the same samples in
   * the same order, so the samples must not depend on it. The reader's choice is saved, exported and compared. Default: one network.
   */
  readonly sideBySide?: keyof S & string;
  /** The settings of the recorded training that differ from the defaults. */
  readonly recorded: Partial<S>;
  /** Training steps on each backend before their weights are compared. */
  readonly comparedSteps: number;
  prepare(files: readonly Uint8Array[], settings: S): Promise<D>;
  model(settings: S, data: D): Model<Types>;
  fit(settings: S, data: D): FitOptions<Types>;
  /**
   * The score and the options of evolution strategies, for the settings whose network they train in place of `fit`; undefined for
   * the others. A generation is shown as a step, so it needs as many generations as `fit` has steps. The loss shown is the negative
   * of the mean score.
   */
  evolve?(
    settings: S,
    data: D,
  ):
    | {
        readonly score: NetworkScore<Types>;
        readonly options: EvolveOptions & { readonly generations: number };
      }
    | undefined;
  readonly score: {
    /** A description of the measure and its data. */
    readonly label: string;
    readonly unit: string;
    readonly better: 'higher' | 'lower';
    readonly decimals: number;
    /** The number of training steps between two measurements. Default: as many as take about one second. */
    readonly every?: number;
    /** A network with a better score than this has learnt the task. */
    readonly learnt?: number;
    /** Measures held-out data; if `quick`, a fixed part of it, while the reader watches. */
    measure(network: Network<Types>, data: D, quick: boolean): Promise<number>;
    /** Measures all held-out data in other ways, by name, for the record of the training. */
    also?(network: Network<Types>, data: D): Promise<Readonly<Record<string, number>>>;
  };
  /** Scores of simpler methods on the same data; the first is the one to beat. */
  baselines(data: D, quick: boolean): readonly Baseline[];
}

/** One of the networks that a task trains. */
export interface Variant {
  /** The value of the setting in which it differs; empty if there is only one. */
  readonly name: string;
  readonly settings: Settings;
  /** True if it is the reader's choice. */
  readonly followed: boolean;
}

/** The networks that a task trains side by side; usually one. */
export function variantsOf(
  { sideBySide, choices }: Pick<Task, 'sideBySide' | 'choices'>,
  settings: Settings,
): readonly Variant[] {
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

/** Gives a task file its types. */
export function defineTask<S extends Settings, Types extends ModelTypes, D extends Data<Types>>(
  task: Task<S, Types, D>,
): Task<S, Types, D> {
  return task;
}

/** The result of a task's `prepare`. */
export type DataOf<T> = T extends { prepare(...given: never): Promise<infer D> } ? D : never;

/** The network that a task trains. */
export type NetworkOf<T> = T extends { model(...given: never): Model<infer Types> } ? Network<Types> : never;

/** The task's settings, with those of `changed` that the page offers. */
export function withChanges(
  { settings, choices }: Pick<Task, 'settings' | 'choices'>,
  changed: Readonly<Record<string, string>>,
): Settings {
  const offered = Object.entries(choices).flatMap(([name, choice]) => {
    const value = choice?.values.find((value) => String(value) === changed[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...settings, ...Object.fromEntries(offered) };
}
