import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { Samples } from '../data/samples.js';
import { StateError } from '../errors.js';
import { encodeModel, type LoadOptions, readModelFile } from '../files/model-file.js';
import { checkNumbers, checkWeights, type HostTensor } from '../host-arrays.js';
import { initialize } from '../initializers.js';
import type { Layer } from '../layers/layer.js';
import { Architecture, type InputShape } from '../model/architecture.js';
import { builtInLayers } from '../model/built-in-layers.js';
import { type LayerMakers, makerOptions, readArchitecture } from '../model/read-architecture.js';
import { boolean, checkOptions, custom, isRecord, number, optional } from '../options.js';
import { seededRandom } from '../random.js';
import { type EvaluateOptions, evaluate, type Scores } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import type { FitOptions } from '../training/options.js';
import type { TrainingRun } from '../training/run.js';
import { type Inspection, type InspectOptions, inspect } from './inspect.js';
import type { BatchInput } from './predict.js';
import { Predictor } from './predictor.js';

/** Options for putting a model on a backend. */
export interface NetworkOptions {
  /** The same seed gives the same initial weights and dropout masks on every backend. Default 0. */
  readonly seed?: number;
  /** Use the backend's fused kernels. If false, everything is composed from the required operations. Default true. */
  readonly fused?: boolean;
  /** The initial weights by name; all of them are required. Default: each layer's initializers compute them. */
  readonly weights?: Readonly<Record<string, HostTensor>>;
}

/** An architecture that can be put on a backend. Use {@link sequential} to create one. */
export class Model extends Architecture {
  /**
   * Puts the model on a backend, with initial weights.
   * @throws OptionError for an unknown option; for `weights` that do not fit, the same errors as `Network.setWeights`
   */
  on(backend: Backend, options: NetworkOptions = {}): Network {
    checkBackend('on', backend);
    const { weights, ...settings } = checkOptions('on', options, {
      seed: optional(number, 0),
      fused: optional(boolean, true),
      weights: optional(custom<Record<string, HostTensor>>('an object of { data, shape } by name', isRecord)),
    });
    const start = weights
      ? checkWeights('on: weights', weights, this.parameters(), backend.precision)
      : initialWeights(this, settings.seed, backend.precision);
    return new Network(this, backend, settings, start);
  }
}

/**
 * A model whose layers are applied one after another.
 *
 * @param options.inputShape [time, features], [features] or, before an embedding, [time]; a time of null allows any
 *   length
 * @throws ShapeError if a layer cannot take the output of the previous layer
 */
export function sequential(layers: readonly Layer[], options: { inputShape: InputShape }): Model {
  const { inputShape } = checkOptions('sequential', options, {
    inputShape: custom<InputShape>('an array: [time, features], [features] or [time]', Array.isArray),
  });
  return new Model(layers, inputShape);
}

/**
 * Creates a model from its description: the parsed output of `JSON.stringify(model)`, or a model file's metadata.
 * @throws FormatError for a malformed description, or layers that do not fit together
 */
export function modelFromJson(json: unknown, makers: LayerMakers = {}): Model {
  const { layers, cells } = checkOptions('modelFromJson', makers, makerOptions);
  return readArchitecture(
    json,
    { layers: { ...builtInLayers, ...layers }, cells },
    (all, shape) => new Model(all, shape),
  );
}

/**
 * A model with weights on a backend: it can be trained, used for prediction, streamed and saved. Use
 * `model.on(backend)` to create one.
 */
export class Network extends Predictor<Model> {
  #training = false;

  /**
   * Trains the network. The returned run starts by itself. It is an async iterable of training steps and has a promise
   * `done`.
   * @throws OptionError for unknown or incompatible options. The run fails with a DataError or a DivergenceError
   */
  fit(samples: Samples, options: FitOptions): TrainingRun {
    this.check();
    if (this.#training) throw new StateError('fit: this network is already being trained');
    const run = fit(this, samples, options, () => {
      this.#training = false;
    });
    this.#training = true;
    return run;
  }

  /** Computes the loss and the metrics over all samples, without dropout. Padding is not counted. */
  evaluate(samples: Samples, options: EvaluateOptions): Promise<Scores> {
    this.check();
    return evaluate(this, samples, options);
  }

  /**
   * Returns the gates, candidate, cell state and output of a recurrent layer at every step of every row. With `y` and
   * `loss` it also returns the norm of the loss's gradient with respect to the hidden state at each step. Dropout is
   * off. A stateful layer starts from zero and its stored state does not change.
   *
   * @param x a batch as for {@link predict}; rows may have unequal lengths. All rows are computed in one batch
   * @throws OptionError for a layer that does not exist or is not recurrent, for a direction in a layer with only one,
   *   and for `y` without `loss` or `loss` without `y`; UnsupportedError for a layer that does not report its cell's
   *   values; ShapeError or DataError for inputs or targets that do not fit
   */
  inspect(x: BatchInput, options?: InspectOptions): Promise<Inspection> {
    this.check();
    return inspect(this, x, options);
  }

  /**
   * Replaces all of the network's weights. If one does not fit, none of them change.
   * @param weights the weights by name; the data may be any array of numbers
   * @param options.allowNonFinite accept NaN and infinite weights too. Default false
   * @throws OptionError for a missing or unknown name; ShapeError for a wrong shape or number of values; DataError for
   *   a number that is not finite in the backend's precision; StateError while the network is being trained
   */
  setWeights(
    weights: Readonly<Record<string, HostTensor>>,
    options: { readonly allowNonFinite?: boolean } = {},
  ): void {
    this.check();
    const { allowNonFinite } = checkOptions('setWeights', options, {
      allowNonFinite: optional(boolean, false),
    });
    if (this.#training) throw new StateError('setWeights: this network is being trained');
    const finite = allowNonFinite ? 'any' : this.backend.precision;
    this.replaceWeights(checkWeights('setWeights', weights, this.parameters, finite));
  }

  /**
   * Encodes the network as a .safetensors file, with the weights as tensors and the model's description in the
   * metadata.
   */
  async save(): Promise<Uint8Array> {
    return encodeModel(this, await this.getWeights());
  }
}

/**
 * Loads a network that `network.save()` wrote and puts it on a backend. An application that only predicts can use
 * `loadPredictor`, which makes its bundle smaller.
 *
 * @param file the bytes of the file, or an ArrayBuffer such as `await (await fetch(url)).arrayBuffer()`
 * @param options.layers, options.cells functions that create the custom layers and cells that the file names
 * @throws FormatError for bytes that are truncated, damaged or not a Recurra model, and for weights that are not finite
 */
export async function loadNetwork(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions = {},
): Promise<Network> {
  const { model, settings, weights } = readModelFile('loadNetwork', file, backend, options, modelFromJson);
  return new Network(model, backend, settings, weights);
}

/** Yields each parameter's initial values. They are computed one parameter at a time. */
function* initialWeights(
  model: Architecture,
  seed: number,
  precision: Backend['precision'],
): Generator<[string, HostTensor]> {
  for (const [name, { shape, initial }] of model.parameters()) {
    const random = seededRandom(seed, 'weights', name);
    const values = typeof initial === 'function' ? initial(random) : initialize(initial, shape, random);
    yield [name, { data: checkNumbers(`the initial value of ${name}`, values, shape, precision), shape }];
  }
}
