import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { FusedKernels } from '../contract/fused.js';
import { sameShape, type Tensor } from '../contract/tensor.js';
import { ShapeError, StateError } from '../errors.js';
import { checkTensor } from '../host-arrays.js';
import { release } from '../release.js';

/**
 * The gradients of a record's inputs, given those of its outputs. `undefined` among the outputs' stands for zero; an
 * input's is left `undefined` or `false` where it has none or nobody watches it.
 */
export type Backward = (
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | false | undefined)[];

/** Inputs and outputs by their numbers; an input that nobody watches has none. */
interface Entry {
  readonly inputs: readonly (number | undefined)[];
  readonly outputs: readonly number[];
  readonly backward: Backward;
}

/** Which way something hot was computed, and why not by a fused kernel. */
export interface KernelUse {
  readonly kernel: keyof FusedKernels;
  readonly way: 'fused' | 'composed';
  readonly reason?: string;
}

/**
 * The two books a tape keeps: which tensors it made, so that they are freed together, and how each was made, so that
 * the walk back can be done. {@link Tape} adds the operations.
 */
export class Recorder {
  readonly backend: Backend;
  /** The fused kernels to be used: the backend's, or none. */
  readonly fused: FusedKernels;
  /** Which kernels were fused and which composed, in order. */
  readonly ran: KernelUse[] = [];
  readonly #owned: Tensor[] = [];
  /** The variables, and what was computed from them; each has its place there as its number. */
  #watched: Tensor[] = [];
  #numbers = new Map<Tensor, number>();
  #entries: Entry[] = [];
  #recording = true;
  #differentiated = false;

  /** @param options.fused false: compose everything from the ground floor. Default true. */
  constructor(backend: Backend, options: { fused?: boolean } = {}) {
    checkBackend('a tape', backend);
    this.backend = backend;
    this.fused = options.fused === false ? {} : backend.fused;
  }

  /** Makes `x` a variable: what is computed from it from now on is recorded. */
  watch(x: Tensor): Tensor {
    checkTensor('watch', x);
    this.#numberOf(x);
    return x;
  }

  /** Whether `x` is a variable or was computed from one, so that a gradient reaches it. */
  watches(x: Tensor | undefined): boolean {
    return x !== undefined && this.#numbers.has(x);
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

  /** Lets go of a tensor: from here on the caller frees it. */
  keep(x: Tensor): Tensor {
    const at = this.#owned.lastIndexOf(x);
    if (at >= 0) this.#owned.splice(at, 1);
    return x;
  }

  /** Frees everything that this tape made and still owns, and forgets what was recorded. */
  dispose(): void {
    this.#watched = [];
    this.#numbers = new Map();
    this.#entries = [];
    release(this.backend, drain(this.#owned));
  }

  /**
   * Writes down how `outputs` came from `inputs`, and owns them. The operations do this for themselves; a fused kernel
   * does it through here. Nothing is recorded where no input is watched.
   */
  record(inputs: readonly (Tensor | undefined)[], outputs: readonly Tensor[], backward: Backward): void {
    for (const output of outputs) this.#owned.push(output);
    if (!this.#recording || !this.watchesAny(inputs)) return;
    this.#entries.push({
      inputs: inputs.map((x) => x && this.#numbers.get(x)),
      outputs: outputs.map((x) => this.#numberOf(x)),
      backward,
    });
  }

  /**
   * Walks back over what was recorded: the gradient of Σ output · seed with respect to each tensor of `of`. This walk
   * over a recurrent network is backpropagation through time (Werbos 1990). Once for a tape: a fused kernel's backward may
   * overwrite what its forward has saved.
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
      throw new ShapeError('gradients: wants a list of [output, seed], and a list of tensors');
    }
    for (const x of [...outputs.map(([output]) => output), ...of]) checkTensor('gradients', x);
    if (this.#differentiated) {
      throw new StateError(
        'gradients: the gradients of this tape have been taken already; take all that are wanted in one call, or record again on a new tape',
      );
    }
    this.#differentiated = true;
    const { backend } = this;
    /** By number. */
    const found = new Array<Tensor | undefined>(this.#watched.length);
    const add = (number: number, gradient: Tensor) => {
      const x = this.#watched[number];
      if (!sameShape(x.shape, gradient.shape)) {
        throw new ShapeError(
          `a gradient of shape [${gradient.shape}] was given for a tensor of shape [${x.shape}]`,
        );
      }
      const sum = found[number];
      found[number] = sum ? this.own(backend.binary('add', sum, gradient)) : gradient;
    };
    this.#recording = false;
    try {
      for (const [output, seed] of outputs) {
        add(
          this.#numberOf(output),
          typeof seed === 'number' ? this.own(backend.fill(output.shape, seed)) : seed,
        );
      }
      for (let i = this.#entries.length - 1; i >= 0; i--) {
        const { inputs, outputs, backward } = this.#entries[i];
        const given = outputs.map((output) => found[output]);
        if (given.every((gradient) => gradient === undefined)) continue;
        const gradients = backward(given);
        inputs.forEach((input, at) => {
          const gradient = gradients[at];
          if (input !== undefined && gradient) add(input, gradient);
        });
      }
    } finally {
      this.#recording = true;
    }
    return of.map((x) => found[this.#numbers.get(x) ?? -1] ?? this.own(backend.fill(x.shape, 0)));
  }

  /** The number of a variable. @param x becomes one if it is none */
  #numberOf(x: Tensor): number {
    let number = this.#numbers.get(x);
    if (number === undefined) {
      number = this.#watched.push(x) - 1;
      this.#numbers.set(x, number);
    }
    return number;
  }
}

/** The last first, each taken out: the array keeps its memory, which one whose length is set to 0 does not. */
function* drain(tensors: Tensor[]): Generator<Tensor> {
  for (let x = tensors.pop(); x; x = tensors.pop()) yield x;
}
