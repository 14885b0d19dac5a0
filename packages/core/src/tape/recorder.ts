import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { FusedKernels, KernelSpecs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { ShapeError, StateError } from '../errors.js';
import { checkTensor } from '../host-arrays.js';
import { release } from '../release.js';
import { PartialGradients } from './partial-gradients.js';

/**
 * Computes the gradients of an operation's inputs from those of its outputs. For an output, `undefined` stands for
 * zero. For an input that has no gradient or needs none, the result is `undefined` or `false`. Other tensors that it
 * creates are freed when it has returned.
 */
export type Backward = (
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | false | undefined)[];

/** A recorded operation. Inputs and outputs are identified by their ids; inputs that need no gradient have −1. */
interface Entry {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly backward: Backward;
  /** Activations that only `backward` reads; the entry owns them. */
  readonly saved: readonly Tensor[];
}

/** Which implementation ran: the backend's fused kernel or core's composition, and why it was composed. */
export interface KernelUse {
  readonly kernel: keyof FusedKernels;
  readonly implementation: 'fused' | 'composed';
  /** Why the kernel was composed. */
  readonly reason?: string;
}

/** From this number of variables on, they are found in a Map. Fewer are searched, which is faster than making one. */
const manyVariables = 32;

/**
 * A tape tracks the tensors it created, to free them together, and the operations that produced them, for the backward
 * pass. {@link Tape} adds the operations.
 */
export class Recorder {
  readonly backend: Backend;
  /** The log of all kernels, fused or composed, in the order in which they ran. */
  readonly kernelLog: KernelUse[] = [];
  /** The fused kernels that this tape uses; empty if it composes everything. */
  readonly fused: FusedKernels;
  #owned: Tensor[] = [];
  /** The variables, and the tensors computed from them, by id. */
  #watched: Tensor[] = [];
  /** The ids of many variables; undefined for few. */
  #ids: Map<Tensor | undefined, number> | undefined;
  #entries: Entry[] = [];
  /** True from the backward pass on: its operations are not recorded. */
  #differentiated = false;

  /** @param options.fused use the backend's fused kernels; if false, compose everything. Default true */
  constructor(backend: Backend, options: { fused?: boolean } = {}) {
    checkBackend('Tape', backend);
    this.backend = backend;
    this.fused = options.fused === false ? {} : backend.fused;
  }

  /** Makes `x` a variable, so operations on it are recorded from now on. */
  watch(x: Tensor): Tensor {
    checkTensor('watch', x);
    this.#idOf(x);
    return x;
  }

  /** Returns true if `x` is a variable or was computed from one, so it has a gradient. */
  watches(x: Tensor | undefined): boolean {
    return this.#find(x) >= 0;
  }

  /** Returns true if at least one of `xs` is watched. */
  watchesAny(xs: readonly (Tensor | undefined)[]): boolean {
    for (const x of xs) if (this.watches(x)) return true;
    return false;
  }

  /**
   * Takes ownership of a tensor that was created on the backend directly, so the tape frees it. Call it only once for
   * each tensor.
   */
  own(x: Tensor): Tensor {
    this.#owned.push(x);
    return x;
  }

  /** Takes ownership of each of `xs` that is not undefined: see {@link own}. */
  ownAll<Xs extends readonly (Tensor | undefined)[]>(xs: Xs): Xs {
    for (const x of xs) if (x) this.#owned.push(x);
    return xs;
  }

  /** Transfers ownership of a tensor to the caller, who must free it. */
  keep(x: Tensor): Tensor {
    const at = this.#owned.lastIndexOf(x);
    if (at >= 0) this.#owned.splice(at, 1);
    return x;
  }

  /** Frees all tensors that this tape owns, and deletes the record. */
  dispose(): void {
    for (const { saved } of this.#entries) this.ownAll(saved);
    this.#watched = [];
    this.#ids = undefined;
    this.#entries = [];
    const owned = this.#owned;
    this.#owned = [];
    release(this.backend, owned);
  }

  /**
   * Returns the backend's fused kernel for a request, or undefined if core must compose it. The choice is logged.
   *
   * @param unless a reason to compose it without a request to the backend
   */
  kernel<Name extends keyof FusedKernels>(
    name: Name,
    spec: KernelSpecs[Name],
    unless?: string,
  ): FusedKernels[Name] {
    const kernel = this.fused[name] as { declines(spec: KernelSpecs[Name]): string | undefined } | undefined;
    const reason = unless ?? (kernel ? kernel.declines(spec) : 'no fused kernel');
    if (reason !== undefined) {
      this.logComposed(name, reason);
      return undefined;
    }
    this.kernelLog.push({ kernel: name, implementation: 'fused' });
    return kernel as FusedKernels[Name];
  }

  /** Logs a kernel that is composed on every backend. */
  logComposed(kernel: keyof FusedKernels, reason: string): void {
    this.kernelLog.push({ kernel, implementation: 'composed', reason });
  }

  /**
   * Records that `outputs` were computed from `inputs`, and takes ownership of them. The operations of a tape do this
   * themselves; a fused kernel is recorded with its activations. Nothing is recorded if no input is watched.
   *
   * @param saved activations for `backward`; the tape frees them after `backward`, or when the tape is disposed
   */
  record(
    inputs: readonly (Tensor | undefined)[],
    outputs: readonly Tensor[],
    backward: Backward,
    saved: readonly Tensor[] = [],
  ): void {
    this.ownAll(outputs);
    if (!this.#differentiated && this.watchesAny(inputs)) {
      this.#entries.push({
        inputs: inputs.map((x) => this.#find(x)),
        outputs: outputs.map((x) => this.#idOf(x)),
        backward,
        saved,
      });
    } else this.ownAll(saved);
  }

  /**
   * Runs the backward pass: computes the gradient of Σ output · seed with respect to each tensor of `of`. For a
   * recurrent network this is backpropagation through time (Werbos 1990). It can only be called once on each tape,
   * because saved activations are freed during the pass.
   *
   * @param outputs tensors of this tape, each with its seed: a tensor of the same shape, or a number for all elements
   * @returns one tensor for each of `of`, of the same shape, owned by the tape; zeros if the outputs do not depend on
   *   it
   * @throws ShapeError if a seed does not have the shape of its output; StateError on the second call
   */
  gradients(
    outputs: readonly (readonly [output: Tensor, seed: Tensor | number])[],
    of: readonly Tensor[],
  ): Tensor[] {
    const pairs = Array.isArray(outputs) && outputs.every(Array.isArray);
    if (!pairs || !Array.isArray(of)) {
      throw new ShapeError('gradients: expected a list of [output, seed] and a list of tensors');
    }
    for (const [output] of outputs) checkTensor('gradients', output);
    for (const x of of) checkTensor('gradients', x);
    if (this.#differentiated) {
      throw new StateError('gradients: already computed; use a new tape');
    }
    this.#differentiated = true;
    const { backend } = this;
    for (const [output] of outputs) this.#idOf(output);
    const requested = of.map((x) => this.#idOf(x));
    const partial = new PartialGradients(backend, this.#watched, requested, this.#owned);
    try {
      for (const [output, seed] of outputs) {
        const created = typeof seed === 'number';
        partial.add(this.#idOf(output), created ? backend.fill(output.shape, seed) : seed, created);
      }
      for (let entry = this.#entries.pop(); entry; entry = this.#entries.pop())
        this.#stepBack(entry, partial);
      return of.map((x, i) => partial.get(requested[i]) ?? this.own(backend.fill(x.shape, 0)));
    } finally {
      partial.close();
    }
  }

  #stepBack({ inputs, outputs, backward, saved }: Entry, partial: PartialGradients): void {
    const from = this.#owned.length;
    this.ownAll(saved);
    const outputGradients = outputs.map((id) => partial.get(id));
    const gradients = outputGradients.some((x) => x) ? backward(outputGradients) : [];
    const created = this.#owned.splice(from);
    partial.stepBack(inputs, outputs, outputGradients, gradients, created);
  }

  /** Returns the id of a variable. @param x is made a variable if it is not one */
  #idOf(x: Tensor): number {
    let id = this.#find(x);
    if (id < 0) {
      id = this.#watched.push(x) - 1;
      if (id === manyVariables) this.#ids = new Map(this.#watched.map((x, id) => [x, id]));
      this.#ids?.set(x, id);
    }
    return id;
  }

  /** Returns the id of a variable; −1 if `x` is not one. */
  #find(x: Tensor | undefined): number {
    return this.#ids ? (this.#ids.get(x) ?? -1) : (this.#watched as (Tensor | undefined)[]).indexOf(x);
  }
}
