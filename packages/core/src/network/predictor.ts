import type { Backend } from '../contract/backend.js';
import type { NDArray, NDArrayInput, NestedNumbers } from '../data/ndarray.js';
import { type LoadOptions, readModelFile } from '../files/model-file.js';
import { Architecture } from '../model/architecture.js';
import { type LayerMakers, readArchitecture } from '../model/read-architecture.js';
import { type LayerKernel, NetworkBase } from './network-base.js';
import { type BatchInput, type Prediction, type PredictOptions, predict, predictAll } from './predict.js';
import { explain, type WarmUpOptions, warmUp } from './requests.js';
import { Stream } from './stream.js';

/**
 * A model with weights on a backend, for prediction only. {@link loadPredictor} loads one from a file. A `Network` can
 * also be trained.
 */
export class Predictor<Model extends Architecture = Architecture> extends NetworkBase<Model> {
  /**
   * Computes the output for a batch, in the form of the input: nested arrays, or `{ data, shape }`. The rows of an
   * array may have unequal lengths. They are grouped by similar length for computation and returned in their original
   * order, without padding. In a padded batch, the output past a row's length is zero.
   *
   * @param x [batch, time, features]; [batch, features]; or token ids [batch, time]
   * @throws ShapeError or DataError for an input that does not fit; UnsupportedError if the model has two outputs
   */
  predict<X extends BatchInput>(
    x: X,
    options?: PredictOptions,
  ): Promise<X extends NDArrayInput ? NDArray : NestedNumbers> {
    this.check();
    return predict(this, x, options) as Promise<X extends NDArrayInput ? NDArray : NestedNumbers>;
  }

  /**
   * Computes all outputs (two if the last layer's merge is 'none'), padded to the longest row, with the rows' lengths
   * and the final state of each layer with `returnState`.
   */
  predictAll(x: BatchInput, options?: PredictOptions): Promise<Prediction> {
    this.check();
    return predictAll(this, x, options);
  }

  /**
   * Starts a stream, which runs the network one time step at a time and keeps its state between steps.
   * @throws UnsupportedError if a layer needs the whole sequence
   */
  stream(): Stream {
    this.check();
    return new Stream(this);
  }

  /** Reports which layers run fused in training and which run composed, and why. Computes nothing. */
  explain(): LayerKernel[] {
    this.check();
    return explain(this);
  }

  /**
   * Compiles the kernels that batches of this shape need, before the first batch. Backends compile in parallel if they
   * can. On a backend that compiles nothing ahead of time, this does nothing.
   * @throws OptionError for an unknown option; DeviceError for a kernel that the device cannot compile
   */
  async warmUp(options?: WarmUpOptions): Promise<void> {
    this.check();
    await warmUp(this, options);
  }
}

/**
 * Loads a network that `network.save()` wrote and puts it on a backend, for prediction only. An application that
 * imports this function instead of `loadNetwork` bundles no training code and only the layers that it names.
 *
 * @param file the bytes of the file, or an ArrayBuffer such as `await (await fetch(url)).arrayBuffer()`
 * @param options.layers the functions that create the model's layers, `{ lstm, dense }`, including custom ones
 * @throws FormatError for bytes that are truncated, damaged or not a Recurra model, for a layer that is not in
 *   `layers`, and for weights that are not finite
 */
export async function loadPredictor(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions & Required<Pick<LayerMakers, 'layers'>>,
): Promise<Predictor> {
  const { model, settings, weights } = readModelFile(
    'loadPredictor',
    file,
    backend,
    options,
    (json, makers) => readArchitecture(json, makers, (layers, shape) => new Architecture(layers, shape)),
  );
  return new Predictor(model, backend, settings, weights);
}
