import type { Backend } from '../contract/backend.js';
import { sameShape, type Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';

/**
 * The gradients that a backward pass has computed so far, by the id of their tensor. A gradient that belongs to only
 * one id is freed as soon as it is no longer needed. A gradient that an operation passes on to several inputs lives as
 * long as the tape.
 */
export class PartialGradients {
  readonly #backend: Backend;
  readonly #tensors: readonly Tensor[];
  readonly #byId: (Tensor | undefined)[];
  /** For each id: true if this pass created the gradient and it belongs to no other id. Undefined is false. */
  readonly #exclusive: (boolean | undefined)[];
  /** For each id: true if the caller requested the gradient, so it must not be freed. Undefined is false. */
  readonly #requested: (boolean | undefined)[];
  /** The tensors that live as long as the tape. */
  readonly #owned: Tensor[];

  /**
   * @param tensors the tensors whose gradients are computed, by id
   * @param requested the ids of the requested gradients
   * @param owned the tape's list of tensors, to which gradients that outlive the backward pass are added
   */
  constructor(backend: Backend, tensors: readonly Tensor[], requested: readonly number[], owned: Tensor[]) {
    this.#backend = backend;
    this.#tensors = tensors;
    this.#byId = new Array(tensors.length);
    this.#exclusive = new Array(tensors.length);
    this.#requested = new Array(tensors.length);
    for (const id of requested) this.#requested[id] = true;
    this.#owned = owned;
  }

  get(id: number): Tensor | undefined {
    return this.#byId[id];
  }

  /**
   * Adds `gradient` to the gradient of `id`.
   * @param exclusive true if this pass created the gradient and it belongs to no other id
   * @returns true if `gradient` is now the gradient of `id`, false if it was added to an existing one
   * @throws ShapeError if the shape differs from that of the tensor
   */
  add(id: number, gradient: Tensor, exclusive: boolean | undefined): boolean {
    const { shape } = this.#tensors[id];
    if (!sameShape(shape, gradient.shape)) {
      throw new ShapeError(`the gradient of a tensor [${shape}] has the shape [${gradient.shape}]`);
    }
    const sum = this.#byId[id];
    if (!sum) {
      this.#byId[id] = gradient;
      this.#exclusive[id] = exclusive;
      return true;
    }
    this.#byId[id] = this.#backend.binary('add', sum, gradient);
    if (this.#exclusive[id]) this.#backend.free(sum);
    this.#exclusive[id] = true;
    return false;
  }

  /**
   * Adds the gradients of an operation's inputs, and frees the gradients that are no longer needed.
   * @param inputs ids; −1 for inputs that need no gradient
   * @param outputs ids
   * @param outputGradients the gradients of the outputs
   * @param gradients the gradients of the inputs
   * @param created all tensors that the operation's backward pass created: gradients of inputs, and intermediate results
   */
  stepBack(
    inputs: readonly number[],
    outputs: readonly number[],
    outputGradients: readonly (Tensor | undefined)[],
    gradients: readonly (Tensor | false | undefined)[],
    created: readonly Tensor[],
  ): void {
    /** The tensors created by this pass that are now gradients of one or more ids. */
    const retained: Tensor[] = [];
    try {
      for (let at = 0; at < inputs.length; at++) {
        const id = inputs[at];
        const gradient = gradients[at];
        if (id < 0 || !gradient) continue;
        const passedIndex = outputGradients.indexOf(gradient);
        const exclusive =
          passedIndex >= 0 ? this.#exclusive[outputs[passedIndex]] : created.includes(gradient);
        const remainsExclusive =
          exclusive &&
          (passedIndex < 0 || !this.#requested[outputs[passedIndex]]) &&
          gradients.indexOf(gradient) === at &&
          gradients.indexOf(gradient, at + 1) < 0;
        if (exclusive && !remainsExclusive && !retained.includes(gradient)) {
          retained.push(gradient);
          this.#owned.push(gradient);
        }
        if (this.add(id, gradient, remainsExclusive) && remainsExclusive) retained.push(gradient);
      }
    } finally {
      for (let i = 0; i < outputs.length; i++) {
        const id = outputs[i];
        const gradient = outputGradients[i];
        const passedOn = gradient !== undefined && retained.includes(gradient);
        if (this.#requested[id]) {
          if (passedOn) this.#exclusive[id] = false;
          continue;
        }
        if (gradient && this.#exclusive[id] && !passedOn) this.#backend.free(gradient);
        this.#byId[id] = undefined;
        this.#exclusive[id] = false;
      }
      for (const tensor of created) if (!retained.includes(tensor)) this.#backend.free(tensor);
    }
  }

  /** Adds the remaining gradients to the tape's tensors. */
  close(): void {
    for (let id = 0; id < this.#byId.length; id++) {
      if (this.#exclusive[id]) this.#owned.push(this.#byId[id] as Tensor);
    }
  }
}
