import { reference } from '@recurra/backend-reference';
import { type Backend, RecurraError, Tape, type Tensor } from '@recurra/core';
import type { Capability, KernelUse } from '@recurra/core/backend';
import { Failure } from './failure.js';
import { read, type Values } from './numbers.js';
import { type Bound, indexText, type Precision, worstOf } from './tolerance.js';

/** Something to dispose of when a case ends. */
interface Disposable {
  dispose(): void;
}

/** The helper that each case receives: the backend under test, a reference backend, and comparisons. */
export class Check {
  /** The distinct kernel uses on this case's tapes. */
  readonly kernels = new Map<string, KernelUse>();
  /** The largest error so far, as a share of the tolerance. */
  worst: number | undefined;
  /** The backend is shared by all cases: when a case ends, the backend's memory counts must be as before. */
  readonly backend: Backend;
  /** For each capability that a case so far has needed: true if such a case failed. */
  readonly missed: ReadonlyMap<Capability, boolean>;
  readonly #create: () => Promise<Backend>;
  readonly #open: Disposable[] = [];
  #unusable = false;

  /** @param create creates another backend of the same kind */
  constructor(
    backend: Backend,
    create: () => Promise<Backend>,
    missed: ReadonlyMap<Capability, boolean> = new Map(),
  ) {
    this.backend = backend;
    this.missed = missed;
    this.#create = create;
  }

  /** True if the case left the backend unusable, so that the next case gets a fresh instance. */
  get unusable(): boolean {
    return this.#unusable;
  }

  /** The backend, which the case disposes of. */
  takeBackend(): Backend {
    this.#unusable = true;
    return this.backend;
  }

  get precision(): Precision {
    return this.backend.precision;
  }

  /** A fresh backend of the same kind, for tests that would break the shared one. */
  async another(): Promise<Backend> {
    return this.use(await this.#create());
  }

  /** The reference backend. */
  async reference(): Promise<Backend> {
    return this.use(await reference());
  }

  /** A tensor on the backend, freed when the case ends. */
  upload({ data, shape }: Values): Tensor {
    return this.made(this.backend.upload(data, shape));
  }

  /** Frees the tensor `x` of the backend when the case ends. */
  made(x: Tensor): Tensor {
    this.use({ dispose: () => this.backend.free(x) });
    return x;
  }

  /** Disposes of `thing` when the case ends. */
  use<T extends Disposable>(thing: T): T {
    this.#open.push(thing);
    return thing;
  }

  /** A tape on the backend, or on another backend. */
  tape(backend: Backend = this.backend, options?: { fused?: boolean }): Tape {
    return this.use(new Tape(backend, options));
  }

  /**
   * Runs `body`, disposes of its resources, and fails unless the backend's memory counts are then as before.
   */
  async leavesNothing(what: string, body: (check: this) => Promise<void>): Promise<void> {
    const before = this.backend.memory();
    try {
      await body(this);
    } catch (error) {
      this.#close();
      throw error;
    }
    const problem = this.#close();
    if (problem) throw problem;
    if (this.#unusable) return;
    const after = this.backend.memory();
    this.same(`the count of live tensors after ${what}`, after.tensors, before.tensors);
    this.same(`the count of live bytes after ${what}`, after.bytes, before.bytes);
  }

  /** Disposes of all resources, last first, and returns the first error. */
  #close(): unknown {
    let problem: unknown;
    for (const thing of this.#open.reverse()) {
      if (thing instanceof Tape) {
        for (const use of thing.kernelLog) this.kernels.set(JSON.stringify(use), use);
      }
      try {
        thing.dispose();
      } catch (error) {
        problem ??= error;
      }
    }
    this.#open.length = 0;
    return problem;
  }

  /** True if every element of `actual`, whose shape must be right, is within `bound` of `expected`. */
  isNear(actual: Values, expected: Values, bound: Bound): boolean {
    return worstOf(actual.data, expected.data, bound).share <= 1;
  }

  /** Fails unless every element of `actual` is within `bound` of `expected`. */
  near(what: string, actual: Values, expected: Values, bound: Bound): void {
    this.shape(what, actual.shape, expected.shape);
    if (actual.data.length !== expected.data.length) {
      throw new Failure(`${what}: ${actual.data.length} elements, expected ${expected.data.length}`);
    }
    const { share, index } = worstOf(actual.data, expected.data, bound);
    this.worst = Math.max(this.worst ?? 0, share);
    if (share <= 1) return;
    const right = expected.data[index];
    const within = Number.isFinite(right) ? ` ± ${bound(index)}` : '';
    throw new Failure(
      `${what}${indexText(index, expected.shape)} is ${actual.data[index]}, expected ${right}${within}`,
    );
  }

  /** Like {@link near}, for a tensor. */
  async tensor(
    what: string,
    x: Tensor,
    expected: Values,
    bound: Bound,
    backend = this.backend,
  ): Promise<void> {
    this.near(what, await read(backend, x), expected, bound);
  }

  /** Fails unless two shapes are the same. */
  shape(what: string, actual: readonly number[], expected: readonly number[]): void {
    if (actual.join() === expected.join()) return;
    throw new Failure(`${what} has shape [${actual}], expected [${expected}]`);
  }

  /** Fails unless two plain values are the same. */
  same(what: string, actual: unknown, expected: unknown): void {
    if (Object.is(actual, expected)) return;
    throw new Failure(`${what} is ${String(actual)}, expected ${String(expected)}`);
  }

  /**
   * Fails unless `act` throws, or rejects with, a Recurra error. @param name the error's name; default: any
   */
  async refuses(what: string, act: () => unknown, name?: string): Promise<void> {
    let thrown: unknown;
    try {
      await act();
    } catch (error) {
      thrown = error;
    }
    const right = thrown instanceof RecurraError && (name === undefined || thrown.name === name);
    if (!right) throw new Failure(`${what}: expected ${name ?? 'a typed error'}, got ${thrown ?? 'none'}`);
  }
}
