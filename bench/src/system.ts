/* What a system is to the bench. To add one, write an adapter with these and name it in systems/index.ts. */
import type { Host } from './host.js';
import type { Problem } from './problem.js';

/** Results on the host, by name; docs/semantics.md has their layouts. */
export type Arrays = Readonly<Record<string, ArrayLike<number>>>;

/** A library that can be measured. In Node it has a process of its own; in Chromium systems share a page. */
export interface System {
  /** Starts it, and makes sure that it runs as it was asked to. @throws Declined where that cannot be */
  open(threads: number, host: Host): Promise<Opened>;
}

export interface Opened {
  readonly version: string;
  /** Where that is not Node or Chromium: `Python 3.11.2`. */
  readonly runtime?: string;
  /** What was found to run: `WebAssembly SIMD128, 1 thread`. */
  readonly executor: string;
  /** What it computes on, where that is a GPU or acts as one. */
  readonly gpu?: Gpu;
  /** Called before each use: other systems of the page may have changed what is shared with them. */
  resume?(): Promise<void>;
  /** @throws Declined for what it cannot do, or not in a reasonable time */
  prepare(problem: Problem): Promise<Prepared>;
  /** Speed of Recurra's matrix product on one thread, GFLOP/s, measured now a few times. Recurra alone has it. */
  peaks?(): number[];
}

export interface Gpu {
  /** As it names itself. */
  readonly adapter: string;
  /** It is a program, on the processor. */
  readonly software: boolean;
}

/** A system set up for one scenario. */
export interface Prepared {
  /**
   * What it computes, to be compared before anything is timed:
   * - `forward`: y [T, B, O], or `last`, the last step of it
   * - `gradients`: y, x and the weights by name
   * - `train`: `losses`, before each of {@link trainingSteps} steps, and the changed weights by name; or `last`, untrained
   * - `stream`: y of the problem's frames
   * - `task`: `losses`, the mean of each epoch
   */
  outputs(): Promise<Arrays>;
  /** One repetition. */
  step(): unknown;
  /** In place of timing `step`: repetitions for so many milliseconds, timed where the system runs; milliseconds each. */
  times?(milliseconds: number): Promise<number[]>;
  /** Bytes that a repetition holds at its end, before it lets go of them. */
  bytes?(): number;
  dispose?(): void;
  /** Equations other than those of docs/semantics.md, by which the outputs are to be judged. */
  readonly equations?: Equations;
}

/** `brain.js`: its LSTM has no cell state of its own, c' = f ⊙ h + i ⊙ g. */
export type Equations = 'brain.js';

/** Steps of training before the comparison. */
export const trainingSteps = 2;

/** Why a system leaves out what is too much work for it. */
export const tooSlow = 'it would take minutes';

/** Thrown by a system that leaves a scenario, or everything, to others; the message says why. */
export class Declined extends Error {
  override readonly name = 'Declined';
}
