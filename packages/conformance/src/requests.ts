import { type Backend, Tape } from '@recurra/core';
import type { FusedKernels, KernelSpecs } from '@recurra/core/backend';
import type { Check } from './check.js';
import { type Computed, type Differentiable, differentiate } from './finite-differences.js';

/** Requests to fused kernels. */
export type Requests = readonly (readonly [
  name: keyof FusedKernels,
  spec: KernelSpecs[keyof FusedKernels],
])[];

/** A tape that composes everything, and notes the requests that the fused kernels of another backend accept. */
export class NotingTape extends Tape {
  readonly requests: [name: keyof FusedKernels, spec: KernelSpecs[keyof FusedKernels]][] = [];
  readonly #kernels: FusedKernels;

  /** @param backend computes; `kernels` only say if they accept a request */
  constructor(backend: Backend, kernels: FusedKernels) {
    super(backend);
    this.#kernels = kernels;
  }

  override kernel<Name extends keyof FusedKernels>(name: Name, spec: KernelSpecs[Name]): undefined {
    const kernel = this.#kernels[name] as
      | { declines(spec: KernelSpecs[Name]): string | undefined }
      | undefined;
    if (kernel && kernel.declines(spec) === undefined) this.requests.push([name, spec]);
  }
}

/** The requests of a problem to the backend under test, which runs nothing, and the reference's results. */
export async function requestsOf(
  check: Check,
  problem: Differentiable,
): Promise<{ readonly requests: Requests; readonly expected: Computed }> {
  const tape = check.use(new NotingTape(await check.reference(), check.backend.fused));
  const expected = await differentiate(tape, problem);
  return { requests: tape.requests, expected };
}

/** Prepares the kernels for requests, all at the same time. */
export async function prepare({ fused }: Backend, requests: Requests): Promise<void> {
  const kernels = fused as Readonly<Record<string, { prepare?(spec: object): Promise<void> }>>;
  await Promise.all(requests.map(([name, spec]) => kernels[name].prepare?.(spec)));
}
