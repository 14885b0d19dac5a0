import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { LayerState } from '../layers/layer.js';
import { release } from '../release.js';
import type { Tape } from '../tape/tape.js';

/**
 * The state of each layer between two consecutive runs of a network: between two windows, two batches or two frames.
 */
export class CarriedState {
  readonly #backend: Backend;
  #state: Readonly<Record<string, LayerState>> = {};
  /** All tensors of the state, without duplicates. */
  #owned: readonly Tensor[] = [];

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** By the node's name. */
  get state(): Readonly<Record<string, LayerState>> {
    return this.#state;
  }

  /** The number of rows in a node's state; undefined if it has no state. */
  rowsOf(layer: string): number | undefined {
    return this.#state[layer]?.[0]?.shape[0];
  }

  /** Replaces the state by tensors that were computed on `tape`, and takes ownership of them. */
  carry(tape: Tape, state: Readonly<Record<string, LayerState>>): void {
    for (const name in state) for (const tensor of state[name]) tape.keep(tensor);
    this.restore(state);
  }

  /** Drops the state, so the next run starts from zero. */
  clear(): void {
    this.restore({});
  }

  /** Replaces the state by tensors that the caller uploaded, and takes ownership of them. */
  restore(state: Readonly<Record<string, LayerState>>): void {
    const owned: Tensor[] = [];
    for (const name in state)
      for (const tensor of state[name]) if (!owned.includes(tensor)) owned.push(tensor);
    const before = this.#owned;
    this.#owned = owned;
    this.#state = state;
    release(this.#backend, before, owned);
  }
}
