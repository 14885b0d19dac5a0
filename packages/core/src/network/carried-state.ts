import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { LayerState } from '../layers/layer.js';
import { release } from '../release.js';
import type { Tape } from '../tape/tape.js';

/** The state of each layer between two runs of a network: a window and the next, a batch and the next, a frame and the next. */
export class CarriedState {
  readonly #backend: Backend;
  #state: Readonly<Record<string, LayerState>> = {};
  /** The tensors of the state, each once. */
  #owned: ReadonlySet<Tensor> = new Set();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** By the node's name. */
  get state(): Readonly<Record<string, LayerState>> {
    return this.#state;
  }

  /** Rows of the batch whose state a node has; undefined where it has none. */
  rowsOf(layer: string): number | undefined {
    return this.#state[layer]?.[0]?.shape[0];
  }

  /** Takes over a state that `tape` made, in place of the one before. */
  carry(tape: Tape, state: Readonly<Record<string, LayerState>>): void {
    for (const tensors of Object.values(state)) for (const tensor of tensors) tape.keep(tensor);
    this.#replace(state);
  }

  /** Takes over a state that the caller uploaded. */
  restore(state: Readonly<Record<string, LayerState>>): void {
    this.#replace(state);
  }

  /** Back to no state: the next run starts from zero. */
  clear(): void {
    this.#replace({});
  }

  #replace(state: Readonly<Record<string, LayerState>>): void {
    const owned = new Set<Tensor>();
    for (const tensors of Object.values(state)) for (const tensor of tensors) owned.add(tensor);
    const left = [...this.#owned].filter((tensor) => !owned.has(tensor));
    this.#owned = owned;
    this.#state = state;
    release(this.#backend, left);
  }
}
