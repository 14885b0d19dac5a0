import { type Backend, Tape } from '@recurra/core';
import type { FusedKernels, KernelSpecs } from '@recurra/core/backend';
import type { Check } from './check.js';
import { type Differentiable, differentiate } from './finite-differences.js';

/** Requests to fused kernels. */
export type Requests = readonly (readonly [
  name: keyof FusedKernels,
  spec: KernelSpecs[keyof FusedKernels],
])[];

/** A tape that notes each request that a fused kernel takes. */
export class NotingTape extends Tape {
  readonly requests: [name: keyof FusedKernels, spec: KernelSpecs[keyof FusedKernels]][] = [];

  override kernel<Name extends keyof FusedKernels>(
    name: Name,
    spec: KernelSpecs[Name],
    unless?: string,
  ): FusedKernels[Name] {
    const kernel = super.kernel(name, spec, unless);
    if (kernel) this.requests.push([name, spec]);
    return kernel;
  }
}

/** The requests of a problem, which is computed once. */
export async function requestsOf(check: Check, problem: Differentiable): Promise<Requests> {
  const tape = check.use(new NotingTape(check.backend));
  await differentiate(tape, problem);
  return tape.requests;
}

/** Prepares the kernels for requests, all at the same time. */
export async function prepare({ fused }: Backend, requests: Requests): Promise<void> {
  const kernels = fused as Readonly<Record<string, { prepare?(spec: object): Promise<void> }>>;
  await Promise.all(requests.map(([name, spec]) => kernels[name].prepare?.(spec)));
}
