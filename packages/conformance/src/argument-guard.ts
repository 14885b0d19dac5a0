/*
 * Checks every call of a backend's fused kernels: the call must leave its arguments unchanged, and its
 * results must be new handles.
 */
import { Tape, type Tensor } from '@recurra/core';
import type { FusedKernels, KernelSpecs } from '@recurra/core/backend';
import type { Check } from './check.js';
import { Failure } from './failure.js';
import { read, type Values } from './numbers.js';
import { exact } from './tolerance.js';

type Kernel = Record<string, (...args: unknown[]) => unknown>;

/** The members of a kernel that take tensors. */
const METHODS = ['forward', 'backward', 'step'];

/** A tape that checks the arguments and results of every fused kernel that it returns. */
export class GuardedTape extends Tape {
  readonly #seen: { what: string; before: Promise<Values>; after: Promise<Values> }[] = [];

  override kernel<Name extends keyof FusedKernels>(
    name: Name,
    spec: KernelSpecs[Name],
    unless?: string,
  ): FusedKernels[Name] {
    const kernel = super.kernel(name, spec, unless);
    return kernel && (this.#guard(name, kernel) as FusedKernels[Name]);
  }

  /** Fails unless the arguments of every kernel call have the values that they had before it. */
  async verify(check: Check): Promise<void> {
    for (const { what, before, after } of this.#seen) check.near(what, await after, await before, exact);
  }

  #guard(name: string, kernel: object): object {
    const methods = Object.keys(kernel).filter((method) => METHODS.includes(method));
    const guarded = methods.map((method) => [
      method,
      (...args: unknown[]) => this.#call(`${name}.${method}`, kernel as Kernel, method, args),
    ]);
    return { ...kernel, ...Object.fromEntries(guarded) };
  }

  #call(what: string, kernel: Kernel, method: string, args: unknown[]): unknown {
    const tensors = tensorsIn(args);
    const unconsumed = [...tensors].filter(([path]) => !isConsumed(method, path));
    const before = unconsumed.map(([, x]) => read(this.backend, x));
    const result = kernel[method](...args);
    for (const [i, [path, x]] of unconsumed.entries())
      this.#seen.push({
        what: `${what}: argument ${path}, after the call, `,
        before: before[i],
        after: read(this.backend, x),
      });
    if (method !== 'step') allNew(what, result, [...tensors.values()]);
    return result;
  }
}

/** True if the contract lets the kernel overwrite this argument. */
function isConsumed(method: string, path: string): boolean {
  return method === 'step' ? /\.(parameters|states)\./.test(path) : path.includes('.saved.');
}

/** Fails if a result is the handle of an argument or of another result. */
function allNew(what: string, result: unknown, tensors: readonly Tensor[]): void {
  const seen = new Set(tensors);
  for (const [path, x] of tensorsIn([result])) {
    if (seen.has(x)) throw new Failure(`${what}: result ${path} is not a new handle`);
    seen.add(x);
  }
}

/** The tensors inside a value, each by its property path. */
function tensorsIn(value: unknown, path = ''): Map<string, Tensor> {
  const byPath = new Map<string, Tensor>();
  if (typeof value !== 'object' || value === null) return byPath;
  if ('shape' in value) return byPath.set(path, value as Tensor);
  for (const [key, part] of Object.entries(value)) {
    for (const [at, x] of tensorsIn(part, `${path}.${key}`)) byPath.set(at, x);
  }
  return byPath;
}
