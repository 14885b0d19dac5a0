import type { TensorData } from '../contract/tensor.js';
import { checkFrames } from '../data/check-frame.js';
import type { TypedArray } from '../data/ndarray.js';
import { GraphStream } from './graph-stream.js';
import type { NetworkBase } from './network-base.js';

/**
 * A network run one time step at a time, for one sequence that never has to be whole: train in batches, deploy as a
 * stream. The output after n frames is what `predict` returns for those n frames.
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
   * One step. Frames are taken in the order of the calls, also when a call does not wait for the one before.
   *
   * @param frame the features of this step, or its token id
   * @returns the output's features, in the backend's precision
   * @throws DataError for a frame of another width, or with a number that float32 cannot hold; StateError after `close`
   */
  async push(frame: number | readonly number[] | TypedArray): Promise<TensorData> {
    const { inputs } = this.#network.model;
    const { output } = await this.#stream.step({
      input: checkFrames('push: the frame', [frame], inputs.input),
    });
    return output[0];
  }

  /** Starts a new sequence: the state is zero again. */
  reset(): void {
    this.#stream.reset();
  }

  /** Frees the state. Every later `push` is a StateError; a second `close` does nothing. */
  close(): void {
    this.#stream.close();
  }
}
