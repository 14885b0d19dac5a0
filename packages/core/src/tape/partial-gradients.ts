import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';

/**
 * The gradients found so far by a backward pass, by the id of the tensor that they are of. It counts how many ids refer to
 * each of those that the pass created, so that they can be freed when none does.
 */
export class PartialGradients {
  readonly #backend: Backend;
  readonly #byId: (Tensor | undefined)[];
  /** Of each gradient that the backward pass created: how many ids refer to it. An operation may pass one tensor on to several inputs. */
  readonly #uses = new Map<Tensor, number>();
  readonly #unused: Tensor[] = [];

  /** @param count ids are 0 to count − 1 */
  constructor(backend: Backend, count: number) {
    this.#backend = backend;
    this.#byId = new Array(count);
  }

  get(id: number): Tensor | undefined {
    return this.#byId[id];
  }

  /** Adds `gradient` to what is known for `id`. @param created by this backward pass, and so to be freed by it */
  add(id: number, gradient: Tensor, created: boolean): void {
    const sum = this.#byId[id];
    if (!sum) {
      this.#set(id, gradient, created);
      return;
    }
    const total = this.#backend.binary('add', sum, gradient);
    this.drop(id);
    this.#set(id, total, true);
  }

  /** Whether some id refers to `x`, which this backward pass created. */
  owns(x: Tensor): boolean {
    return this.#uses.has(x);
  }

  /** Forgets the gradient of `id`. */
  drop(id: number): void {
    const gradient = this.#byId[id];
    this.#byId[id] = undefined;
    const uses = gradient && this.#uses.get(gradient);
    if (!gradient || uses === undefined) return;
    if (uses > 1) this.#uses.set(gradient, uses - 1);
    else {
      this.#uses.delete(gradient);
      this.#unused.push(gradient);
    }
  }

  /** Takes out the gradients that no id refers to any more: to be freed, unless one is {@link owns owned} again. */
  takeUnused(): Tensor[] {
    return this.#unused.splice(0);
  }

  /** Those created by this backward pass that some id refers to. */
  owned(): Iterable<Tensor> {
    return this.#uses.keys();
  }

  #set(id: number, gradient: Tensor, created: boolean): void {
    this.#byId[id] = gradient;
    const uses = this.#uses.get(gradient);
    if (uses !== undefined || created) this.#uses.set(gradient, (uses ?? 0) + 1);
  }
}
