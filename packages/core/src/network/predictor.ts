import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { NDArray, NDArrayInput, NestedNumbers } from '../data/ndarray.js';
import { checkFileWeights, decodeModel, type LoadOptions, loadSettings } from '../files/model-file.js';
import { Architecture } from '../model/architecture.js';
import { type LayerMakers, readArchitecture } from '../model/read-architecture.js';
import { type LayerKernel, NetworkBase } from './network-base.js';
import { type BatchInput, type Prediction, type PredictOptions, predict, predictAll } from './predict.js';
import { explain, type WarmUpOptions, warmUp } from './requests.js';
import { Stream } from './stream.js';

/** A model with weights on a backend, for predicting. {@link loadPredictor} makes one from a file; a `Network` is one that trains. */
export class Predictor<Model extends Architecture = Architecture> extends NetworkBase<Model> {
  /**
   * The output for a batch, in the form of the input: nested arrays, or `{ data, shape }`. Rows of an array may have
   * unequal lengths: they are computed beside others of like length and come back in their order, each row of a sequence
   * as long as it is. Past a row's length the output of a padded batch is zero.
   *
   * @param x [batch, time, features]; [batch, features]; or token ids [batch, time]
   * @throws ShapeError, DataError for an input that does not fit; UnsupportedError where the model has two outputs
   */
  predict<X extends BatchInput>(
    x: X,
    options?: PredictOptions,
  ): Promise<X extends NDArrayInput ? NDArray : NestedNumbers> {
    this.check();
    return predict(this, x, options) as Promise<X extends NDArrayInput ? NDArray : NestedNumbers>;
  }

  /**
   * All outputs (two, where the last layer's merge is 'none'), padded to the longest row, with the rows' lengths; and the
   * final state of each layer with `returnState`.
   */
  predictAll(x: BatchInput, options?: PredictOptions): Promise<Prediction> {
    this.check();
    return predictAll(this, x, options);
  }

  /**
   * Runs the network one time step at a time, with its state carried.
   * @throws UnsupportedError where a layer needs the whole sequence
   */
  stream(): Stream {
    this.check();
    return new Stream(this);
  }

  /** Which layers run fused in training and which composed, and why. Computes nothing. */
  explain(): LayerKernel[] {
    this.check();
    return explain(this);
  }

  /**
   * Lets the backend compile what batches of this shape need, in parallel where it can, before the first of them. A backend
   * that has nothing to compile ahead does nothing.
   * @throws OptionError for an option that does not exist; DeviceError for a kernel that the device cannot compile
   */
  async warmUp(options?: WarmUpOptions): Promise<void> {
    this.check();
    await warmUp(this, options);
  }
}

/**
 * The network that `network.save()` wrote, on a backend, for predicting only. An application that imports this in place
 * of `loadNetwork` does not bundle training, nor layers that it does not name.
 *
 * @param file the bytes of the file; an ArrayBuffer will do, as `(await fetch(url)).arrayBuffer()` gives it
 * @param options.layers the functions that make the layers of the model: `{ lstm, dense }`; custom ones too
 * @throws FormatError for bytes that are truncated, damaged, or not a model of Recurra, for a layer that is not in
 *   `layers`, and for weights that are not finite
 */
export async function loadPredictor(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions & Required<Pick<LayerMakers, 'layers'>>,
): Promise<Predictor> {
  checkBackend('loadPredictor', backend);
  const { makers, allowNonFinite, ...given } = loadSettings('loadPredictor', options);
  const { description, tensors, seed } = decodeModel(file);
  const model = readArchitecture(description, makers, (layers, shape) => new Architecture(layers, shape));
  const weights = checkFileWeights(model, tensors, allowNonFinite ? 'any' : backend.precision);
  return new Predictor(model, backend, { seed: given.seed ?? seed, fused: given.fused }, weights);
}
