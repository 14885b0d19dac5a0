import type { TensorData } from '../contract/tensor.js';
import { checkFrame } from '../data/check-frame.js';
import type { TypedArray } from '../data/ndarray.js';
import { StateError, UnsupportedError } from '../errors.js';
import { CarriedState } from './carried-state.js';
import type { NetworkBase } from './network-base.js';

/**
 * A network run one time step at a time, for one sequence that never has to be whole: train in batches, deploy as a
 * stream. The output after n frames is what `predict` gives for those n frames.
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
   * One step. Frames are taken in the order of the calls, also when a call does not wait for the one before.
   *
   * @param frame the features of this step, or its token id
   * @returns the output's features, in the backend's precision
   * @throws DataError for a frame of another width, or with a number that float32 cannot hold; StateError after `close`
   */
  async push(frame: number | readonly number[] | TypedArray): Promise<TensorData> {
    if (this.#closed) throw new StateError('push: this stream was closed');
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

  /** Starts a new sequence: the state is zero again. */
  reset(): void {
    this.#carried.clear();
  }

  /** Frees the state. Every later `push` is a StateError; a second `close` does nothing. */
  close(): void {
    this.#closed = true;
    this.#carried.clear();
  }
}
