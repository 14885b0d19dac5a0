import type { Backend } from '@recurra/core';
import type { Capability, KernelUse } from '@recurra/core/backend';
import { Check } from './check.js';
import { Failure, type Replay } from './failure.js';

/** One thing to prove, of any backend. Plain data and a function: any test runner can run it, and a page too. */
export interface Case {
  /** What it tests, and the file that it is in: `operations/matmul`. */
  readonly group: string;
  readonly name: string;
  /**
   * What it needs that a backend may lack. It runs all the same; where the backend declares the lack, to fail is to be
   * skipped, with the reason that the backend gives. Nothing else skips a case.
   */
  readonly needs?: Capability;
  readonly run: (check: Check) => Promise<void>;
}

export interface Result {
  readonly group: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed, or was skipped. */
  readonly reason?: string;
  /** The stack trace of the failure. */
  readonly stack?: string;
  /** The generated example that failed. */
  readonly replay?: Replay;
  /** The capability that the case needs. */
  readonly needs?: Capability;
  /** The largest error, as a share of the tolerance. */
  readonly worst?: number;
  /** Which kernels ran, fused or composed, and why. */
  readonly kernels: readonly KernelUse[];
  readonly milliseconds: number;
}

/** The name of a case in a report, and for `only`. */
export function titleOf({ group, name }: Pick<Case, 'group' | 'name'>): string {
  return `${group}: ${name}`;
}

/** Runs cases on one backend, which it makes when it is first needed. */
export class Session {
  readonly #create: () => Promise<Backend>;
  readonly #missed = new Map<Capability, boolean>();
  #backend: Backend | undefined;

  constructor(create: () => Promise<Backend>) {
    this.#create = create;
  }

  /** The backend that the next case will run on. */
  async backend(): Promise<Backend> {
    this.#backend ??= await this.#create();
    return this.#backend;
  }

  /** Runs a case; it never throws. After every case the backend's memory must be as it was before. */
  async run(test: Case): Promise<Result> {
    const { group, name, needs } = test;
    const start = performance.now();
    let check: Check | undefined;
    let lack: string | undefined;
    const result = (status: Result['status'], more: Partial<Result> = {}): Result => ({
      group,
      name,
      status,
      ...(needs && { needs }),
      ...more,
      ...(check?.worst !== undefined && { worst: check.worst }),
      kernels: [...(check?.kernels.values() ?? [])],
      milliseconds: performance.now() - start,
    });
    try {
      const backend = await this.backend();
      lack = needs && backend.lacks?.[needs];
      check = new Check(backend, this.#create, this.#missed);
      await check.leavesNothing('the case', test.run);
      if (check.unusable) this.#discard();
      this.#note(needs, false);
      return result('passed');
    } catch (error) {
      this.#discard();
      this.#note(needs, true);
      if (lack !== undefined) return result('skipped', { reason: lack });
      const { name: kind, message, stack } = error instanceof Error ? error : new Error(String(error));
      const replay = error instanceof Failure ? error.replay : undefined;
      const reason = kind === 'Failure' ? message : `${kind}: ${message}`;
      return result('failed', { reason, stack, ...(replay && { replay }) });
    }
  }

  /** Disposes of the backend. */
  close(): void {
    this.#backend?.dispose();
    this.#backend = undefined;
  }

  #note(needs: Capability | undefined, failed: boolean): void {
    if (needs) this.#missed.set(needs, failed || this.#missed.get(needs) === true);
  }

  /** What a failed case left must not affect the next one, which gets a fresh backend. */
  #discard(): void {
    try {
      this.close();
    } catch {
      this.#backend = undefined;
    }
  }
}
