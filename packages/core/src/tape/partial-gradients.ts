import type { Backend } from '../contract/backend.js';
import { sameShape, type Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';

/** An operation's gradients, on the way back through it. Inputs and outputs are given by their ids. */
export interface BackwardStep {
  readonly inputs: readonly (number | undefined)[];
  readonly outputs: readonly number[];
  /** Of the outputs. */
  readonly given: readonly (Tensor | undefined)[];
  /** Of the inputs. */
  readonly gradients: readonly (Tensor | false | undefined)[];
  /** Every tensor that the step made: gradients of inputs, and others. */
  readonly created: readonly Tensor[];
}

/**
 * The gradients found so far by a backward pass, by the id of the tensor that they are of. A gradient that belongs to one id
 * alone is freed as soon as that is done with; one that an operation passes on to several inputs lives as long as the tape.
 */
export class PartialGradients {
  readonly #backend: Backend;
  readonly #tensors: readonly Tensor[];
  readonly #byId: (Tensor | undefined)[];
  /** By id: the gradient was made by this pass, and belongs to no other id. */
  readonly #exclusive: boolean[];
  /** By id: the gradient is asked for, and stays. */
  readonly #wanted: boolean[];
  /** The tensors that live as long as the tape. */
  readonly #owned: Tensor[];

  /**
   * @param tensors what the gradients are of, by id
   * @param wanted ids whose gradients are asked for
   * @param owned the tape's list of tensors: gradients that outlive the backward pass are added
   */
  constructor(backend: Backend, tensors: readonly Tensor[], wanted: readonly number[], owned: Tensor[]) {
    this.#backend = backend;
    this.#tensors = tensors;
    this.#byId = new Array(tensors.length);
    this.#exclusive = new Array(tensors.length).fill(false);
    this.#wanted = new Array(tensors.length).fill(false);
    for (const id of wanted) this.#wanted[id] = true;
    this.#owned = owned;
  }

  get(id: number): Tensor | undefined {
    return this.#byId[id];
  }

  /**
   * Adds `gradient` to the one of `id`.
   * @param exclusive it was made by this pass, and goes to this id alone
   * @returns whether it now is the gradient of `id`, and not only part of a sum
   * @throws ShapeError for another shape than that of the tensor
   */
  add(id: number, gradient: Tensor, exclusive: boolean): boolean {
    const { shape } = this.#tensors[id];
    if (!sameShape(shape, gradient.shape)) {
      throw new ShapeError(
        `a gradient of shape [${gradient.shape}] was given for a tensor of shape [${shape}]`,
      );
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

  /** Takes the gradients of an operation's outputs back to its inputs, and frees what nothing needs any more. */
  stepBack({ inputs, outputs, given, gradients, created }: BackwardStep): void {
    /** Made by this pass, and now the gradient of one id, or of several. */
    const kept: Tensor[] = [];
    try {
      for (let at = 0; at < inputs.length; at++) {
        const id = inputs[at];
        const gradient = gradients[at];
        if (id === undefined || !gradient) continue;
        const passed = given.indexOf(gradient);
        const ours = passed >= 0 ? this.#exclusive[outputs[passed]] : created.includes(gradient);
        if (!ours) this.add(id, gradient, false);
        else if (
          isTakenOnce(inputs, gradients, gradient) &&
          !(passed >= 0 && this.#wanted[outputs[passed]])
        ) {
          if (this.add(id, gradient, true)) kept.push(gradient);
        } else {
          if (!kept.includes(gradient)) {
            kept.push(gradient);
            this.#owned.push(gradient);
          }
          this.add(id, gradient, false);
        }
      }
    } finally {
      for (let i = 0; i < outputs.length; i++) {
        const id = outputs[i];
        const gradient = given[i];
        const passedOn = gradient !== undefined && kept.includes(gradient);
        if (this.#wanted[id]) {
          if (passedOn) this.#exclusive[id] = false;
          continue;
        }
        if (gradient && this.#exclusive[id] && !passedOn) this.#backend.free(gradient);
        this.#byId[id] = undefined;
        this.#exclusive[id] = false;
      }
      for (let i = 0; i < created.length; i++) if (!kept.includes(created[i])) this.#backend.free(created[i]);
    }
  }

  /** Hands what is left over to the tape. */
  close(): void {
    for (let id = 0; id < this.#byId.length; id++) {
      if (this.#exclusive[id]) this.#owned.push(this.#byId[id] as Tensor);
    }
  }
}

function isTakenOnce(
  inputs: BackwardStep['inputs'],
  gradients: BackwardStep['gradients'],
  gradient: Tensor,
): boolean {
  let count = 0;
  for (let at = 0; at < inputs.length; at++)
    if (inputs[at] !== undefined && gradients[at] === gradient) count++;
  return count === 1;
}
