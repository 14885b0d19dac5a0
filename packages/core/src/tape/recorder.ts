import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { FusedKernels, KernelSpecs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { ShapeError, StateError } from '../errors.js';
import { checkTensor } from '../host-arrays.js';
import { release } from '../release.js';
import { PartialGradients } from './partial-gradients.js';

/**
 * The gradients of an operation's inputs, given those of its outputs. `undefined` among the outputs' stands for zero; an
 * input's is left `undefined` or `false` where it has none or does not need one. Tensors that it makes besides those it
 * returns are freed when it has returned.
 */
export type Backward = (
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | false | undefined)[];

/** A recorded operation. Inputs and outputs are given by their ids; inputs that need no gradient have no id. */
interface Entry {
  readonly inputs: readonly (number | undefined)[];
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

/**
 * A tape tracks the tensors it created, to free them together, and the operations that produced them, for the backward
 * pass. {@link Tape} adds the operations.
 */
export class Recorder {
  readonly backend: Backend;
  /** Which kernels were fused and which composed, in the order in which they ran. */
  readonly kernelLog: KernelUse[] = [];
  readonly #fused: FusedKernels;
  readonly #owned: Tensor[] = [];
  /** The variables, and what was computed from them, by id. */
  #watched: Tensor[] = [];
  #ids = new Map<Tensor, number>();
  #entries: Entry[] = [];
  #recording = true;
  #differentiated = false;

  /** @param options.fused false: compose everything from the required operations. Default true. */
  constructor(backend: Backend, options: { fused?: boolean } = {}) {
    checkBackend('a tape', backend);
    this.backend = backend;
    this.#fused = options.fused === false ? {} : backend.fused;
  }

  /** Makes `x` a variable: what is computed from it from now on is recorded. */
  watch(x: Tensor): Tensor {
    checkTensor('watch', x);
    this.#idOf(x);
    return x;
  }

  /** Whether `x` is a variable or was computed from one, so that a gradient reaches it. */
  watches(x: Tensor | undefined): boolean {
    return x !== undefined && this.#ids.has(x);
  }

  /** Whether a gradient reaches one of `xs`. */
  watchesAny(xs: readonly (Tensor | undefined)[]): boolean {
    return xs.some((x) => this.watches(x));
  }

  /** Takes over, once, a tensor that was made on the backend directly: it is freed with the tape. */
  own(x: Tensor): Tensor {
    this.#owned.push(x);
    return x;
  }

  /** {@link own} each of `xs` that is there. */
  ownAll<Xs extends readonly (Tensor | undefined)[]>(xs: Xs): Xs {
    for (const x of xs) if (x) this.#owned.push(x);
    return xs;
  }

  /** Hands a tensor over: from here on the caller frees it. */
  keep(x: Tensor): Tensor {
    const at = this.#owned.lastIndexOf(x);
    if (at >= 0) this.#owned.splice(at, 1);
    return x;
  }

  /** Frees everything that this tape made and still owns, and forgets what was recorded. */
  dispose(): void {
    for (const { saved } of this.#entries) for (const x of saved) this.#owned.push(x);
    this.#watched = [];
    this.#ids = new Map();
    this.#entries = [];
    release(this.backend, this.#owned.splice(0));
  }

  /**
   * The backend's fused kernel for a request, or undefined where core is to compose it. The choice is logged.
   *
   * @param unless a reason to compose it without asking the backend
   */
  kernel<Name extends keyof FusedKernels>(
    name: Name,
    spec: KernelSpecs[Name],
    unless?: string,
  ): FusedKernels[Name] {
    const kernel = this.#fused[name] as { declines(spec: KernelSpecs[Name]): string | undefined } | undefined;
    const reason = unless ?? (kernel ? kernel.declines(spec) : 'no fused kernel');
    if (reason !== undefined) {
      this.logComposed(name, reason);
      return undefined;
    }
    this.kernelLog.push({ kernel: name, implementation: 'fused' });
    return kernel as FusedKernels[Name];
  }

  /** Logs a kernel that is composed whatever the backend has. */
  logComposed(kernel: keyof FusedKernels, reason: string): void {
    this.kernelLog.push({ kernel, implementation: 'composed', reason });
  }

  /**
   * Records how `outputs` came from `inputs`, and owns them. The operations do this for themselves; a fused kernel is
   * recorded with its activations. Nothing is recorded where no input is watched.
   *
   * @param saved activations for `backward`: the tape frees them after it, at the latest when it is disposed of
   */
  record(
    inputs: readonly (Tensor | undefined)[],
    outputs: readonly Tensor[],
    backward: Backward,
    saved: readonly Tensor[] = [],
  ): void {
    for (const output of outputs) this.#owned.push(output);
    const ids = inputs.map((x) => x && this.#ids.get(x));
    if (!this.#recording || ids.every((id) => id === undefined)) {
      for (const x of saved) this.#owned.push(x);
      return;
    }
    this.#entries.push({
      inputs: ids,
      outputs: outputs.map((x) => this.#idOf(x)),
      backward,
      saved,
    });
  }

  /**
   * The gradient of Σ output · seed with respect to each tensor of `of`: the backward pass, which over a recurrent network
   * is backpropagation through time (Werbos 1990). Once for a tape: what an operation saved for the backward pass is freed
   * as soon as its gradients are known.
   *
   * @param outputs tensors of this tape, each with its seed: a tensor of the same shape, or a number for all of it
   * @returns one tensor for each of `of`, of its shape, owned by the tape; zeros where no path leads there
   * @throws ShapeError for a seed of another shape than its output; StateError the second time
   */
  gradients(
    outputs: readonly (readonly [output: Tensor, seed: Tensor | number])[],
    of: readonly Tensor[],
  ): Tensor[] {
    const pairs = Array.isArray(outputs) && outputs.every(Array.isArray);
    if (!pairs || !Array.isArray(of)) {
      throw new ShapeError('gradients: wants a list of [output, seed] and a list of tensors');
    }
    for (const [output] of outputs) checkTensor('gradients', output);
    for (const x of of) checkTensor('gradients', x);
    if (this.#differentiated) {
      throw new StateError('gradients: taken already; ask for all in one call, or use a new tape');
    }
    this.#differentiated = true;
    const { backend } = this;
    for (const [output] of outputs) this.#idOf(output);
    const wanted = of.map((x) => this.#idOf(x));
    const partial = new PartialGradients(backend, this.#watched, wanted, this.#owned);
    this.#recording = false;
    try {
      for (const [output, seed] of outputs) {
        const created = typeof seed === 'number';
        partial.add(this.#idOf(output), created ? backend.fill(output.shape, seed) : seed, created);
      }
      for (let entry = this.#entries.pop(); entry; entry = this.#entries.pop())
        this.#stepBack(entry, partial);
      return of.map((x, i) => partial.get(wanted[i]) ?? this.own(backend.fill(x.shape, 0)));
    } finally {
      this.#recording = true;
      partial.close();
    }
  }

  #stepBack({ inputs, outputs, backward, saved }: Entry, partial: PartialGradients): void {
    const from = this.#owned.length;
    for (const x of saved) this.#owned.push(x);
    const given = outputs.map((id) => partial.get(id));
    const gradients = given.some((gradient) => gradient !== undefined) ? backward(given) : [];
    const created = this.#owned.splice(from);
    partial.stepBack({ inputs, outputs, given, gradients, created });
  }

  /** The id of a variable. @param x becomes one if it is none */
  #idOf(x: Tensor): number {
    let id = this.#ids.get(x);
    if (id === undefined) {
      id = this.#watched.push(x) - 1;
      this.#ids.set(x, id);
    }
    return id;
  }
}
