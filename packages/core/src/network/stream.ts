import type { TensorData } from '../contract/tensor.js';
import { checkFrames } from '../data/check-frame.js';
import type { TypedArray } from '../data/ndarray.js';
import { GraphStream } from './graph-stream.js';
import type { NetworkBase } from './network-base.js';

/**
 * Runs a network on one sequence, one time step at a time, so the sequence need not be complete. The output after n
 * frames is the last step of the output of `predict` for those n frames.
 */
export class Stream {
  readonly #network: NetworkBase;
  readonly #stream: GraphStream;

  /** Use `network.stream()`. */
  constructor(network: NetworkBase) {
    this.#network = network;
    this.#stream = new GraphStream(network, {}, undefined);
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
    const { inputs } = this.#network.model;
    return this.#stream.step(checkFrames('push: the frame', [frame], inputs.input));
  }

  /** Starts a new sequence: resets the state to zero. */
  reset(): void {
    this.#stream.reset();
  }

  /** Frees the state. Every later `push` throws a StateError. Calling `close` again has no effect. */
  close(): void {
    this.#stream.close();
  }
}
