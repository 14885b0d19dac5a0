import type { Backend } from '@recurra/core';
import type { Capability, KernelUse } from '@recurra/core/backend';
import { Check } from './check.js';
import { Failure, type Replay } from './failure.js';

/** One test of a backend. It is plain data and a function, so any test runner or page can run it. */
export interface Case {
  /** The subject of the case, which is also its file: `operations/matmul`. */
  readonly group: string;
  readonly name: string;
  /**
   * The optional capability that the case needs. The case always runs. If it fails and the backend declares
   * that it lacks the capability, the case counts as skipped, with the backend's reason. Cases are not
   * skipped for any other reason.
   */
  readonly needs?: Capability;
  readonly run: (check: Check) => Promise<void>;
}

export interface Result {
  readonly group: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** The reason for a failure or skip. */
  readonly reason?: string;
  /** The stack trace of the failure. */
  readonly stack?: string;
  /** The generated example that failed. */
  readonly replay?: Replay;
  /** The capability that the case needs. */
  readonly needs?: Capability;
  /** The largest error, as a share of the tolerance. */
  readonly worst?: number;
  /** The kernels that ran, fused or composed with the reason. */
  readonly kernels: readonly KernelUse[];
  readonly milliseconds: number;
}

/** The title of a case, in reports and for `only`. */
export function titleOf({ group, name }: Pick<Case, 'group' | 'name'>): string {
  return `${group}: ${name}`;
}

/** Runs cases on one backend, which is created on first use. */
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

  /** Runs a case; never throws. After every case, the backend's memory counts must be as before. */
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

  /** A failed case may have left the backend in a bad state, so the next case gets a fresh one. */
  #discard(): void {
    try {
      this.close();
    } catch {
      this.#backend = undefined;
    }
  }
}
