import type { TensorData } from '../contract/tensor.js';
import { checkFrame } from '../data/check-frame.js';
import type { TypedArray } from '../data/ndarray.js';
import { StateError, UnsupportedError } from '../errors.js';
import { CarriedState } from './carried-state.js';
import type { NetworkBase } from './network-base.js';

/**
 * Runs a network on one sequence, one time step at a time, so the sequence need not be complete. The output after n
 * frames is equal to the output of `predict` for these n frames.
 */
export class Stream {
  readonly #network: NetworkBase;
  readonly #carried: CarriedState;
  #closed = false;

  /** Use `network.stream()`. */
  constructor(network: NetworkBase) {
    const { model } = network;
    if (model.input.kind === 'vector')
      throw new UnsupportedError('stream: this model takes vectors, which have no time');
    for (const [index, layer] of model.built.entries()) {
      if (layer.wholeSequence)
        throw new UnsupportedError(`stream: ${model.nameOf(index)}: ${layer.wholeSequence}`);
    }
    this.#network = network;
    this.#carried = new CarriedState(network.backend);
  }

  /**
   * Runs one time step. Frames are processed in the order of the calls, even if a call does not wait for the previous
   * one.
   *
   * @param frame the features of this step, or its token id
   * @returns the features of the output, in the backend's precision
   * @throws DataError for a frame with the wrong number of features, or with a number that float32 cannot hold;
   *   StateError after `close`
   */
  async push(frame: number | readonly number[] | TypedArray): Promise<TensorData> {
    if (this.#closed) throw new StateError('push: this stream is closed');
    const network = this.#network;
    const { data, shape } = checkFrame(frame, network.model);
    const tape = network.tape();
    try {
      const { output, state } = network.forward(
        tape,
        { value: tape.constant(data, shape) },
        { initialState: this.#carried.state },
      );
      this.#carried.carry(tape, state);
      return await network.backend.read(output.value);
    } finally {
      tape.dispose();
    }
  }

  /** Starts a new sequence: resets the state to zero. */
  reset(): void {
    this.#carried.clear();
  }

  /** Frees the state. Every later `push` throws a StateError. Calling `close` again has no effect. */
  close(): void {
    this.#closed = true;
    this.#carried.clear();
  }
}
