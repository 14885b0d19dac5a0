/*
 * The interface of a measured system. To add one, implement System in systems/ and list it in
 * systems/in-node.ts or in-page.ts.
 */
import type { Problem } from './problem.js';

/** Results on the host, by name; docs/semantics.md has their layouts. */
export type Arrays = Readonly<Record<string, ArrayLike<number>>>;

/** A library that can be measured. */
export interface System {
  /**
   * Loads the library and checks that it runs as requested.
   * @throws Declined if it cannot
   */
  open(threads: number, host: Host): Promise<Opened>;
}

/** The process or page in which a system runs. */
export interface Host {
  /**
   * Another library, with the type of the part that is used.
   * @throws Declined if it is not installed
   */
  load<Library>(name: string): Promise<Loaded<Library>>;
  /**
   * Makes `navigator.gpu` available.
   * @throws Declined if there is no WebGPU
   */
  provideWebgpu(): Promise<void>;
  /** Milliseconds of processor time of this process so far, all its threads together. Only in Node. */
  processorMs?(): number;
}

export interface Loaded<Library> {
  readonly library: Library;
  readonly version: string;
  /** In a page, the address of the library's own files; it ends with `/`. In Node libraries find their files themselves. */
  readonly files?: string;
}

/** The description of a system once it is open. */
export interface Description {
  readonly version: string;
  /** `Python 3.11.2`. Default: the Node or Chromium that it runs in. */
  readonly runtime?: string;
  /** The configuration that actually runs: `WebAssembly SIMD128, 1 thread`. */
  readonly executor: string;
  /** The GPU, or the software that emulates it. */
  readonly gpu?: Gpu;
}

export interface Opened extends Description {
  /** Called before each use, because other systems in the page may have changed state that they share. */
  resume?(): Promise<void>;
  /** @throws Declined if it cannot run the problem, or not in a reasonable time */
  prepare(problem: Problem): Promise<Prepared>;
  /** Recurra only: samples of the speed of its matrix product at this moment, on one thread, in GFLOP/s. */
  peaks?(): number[];
}

export interface Gpu {
  /** Its own name for itself. */
  readonly adapter: string;
  /** True if it is emulated in software, on the CPU. */
  readonly software: boolean;
}

/** A system set up for one scenario. */
export interface Prepared {
  /**
   * The results that are compared before anything is timed:
   * - `forward`: y [T, B, O], or `last`, its last step
   * - `gradients`: y, x and the weights by name
   * - `train`: `losses` before each of {@link trainingSteps} steps, and the changed weights by name; or `last`, untrained
   * - `stream`: y for the frames of the problem
   * - `task`: `losses`, the mean of each epoch
   */
  outputs(): Promise<Arrays>;
  /** One repetition. */
  step(): unknown;
  /** Replaces the timing of `step` for a system that times itself: milliseconds of each repetition. */
  times?(milliseconds: number): Promise<number[]>;
  /** Bytes that a repetition holds at its end, before it frees them. */
  bytes?(): number;
  dispose?(): void;
  /** The equations of the expected outputs. Default: those of docs/semantics.md. */
  readonly equations?: Equations;
}

/** `brain.js`: an LSTM without a separate cell state, c' = f ⊙ h + i ⊙ g. */
export type Equations = 'brain.js';

/** Steps of training before the comparison. */
export const trainingSteps = 2;

/** The reason for which a system declines a scenario that is too large for it. */
export const tooSlow = 'it would take minutes';

/** Thrown by a system that cannot run at all, or cannot run this scenario; the message gives the reason. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

/** @throws Declined if more than one thread is requested */
export function requireOneThread(threads: number): void {
  if (threads !== 1) throw new Declined('it has one thread');
}

/** The mode `stream`: each repetition pushes the next frame [I] of the problem; the first one follows the last. */
export function prepareStream(
  { x }: Problem,
  push: (frame: Float32Array) => Promise<ArrayLike<number>>,
): Pick<Prepared, 'outputs' | 'step'> {
  const [frames, , I] = x.shape;
  let t = 0;
  const step = () => {
    const start = (t++ % frames) * I;
    return push(x.data.subarray(start, start + I));
  };
  const outputs = async () => {
    const y: number[] = [];
    for (let i = 0; i < frames; i++) y.push(...Array.from(await step()));
    return { y };
  };
  return { step, outputs };
}
