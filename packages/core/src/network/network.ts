import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { Samples } from '../data/samples.js';
import { StateError } from '../errors.js';
import {
  checkFileWeights,
  decodeModel,
  encodeModel,
  type LoadOptions,
  loadSettings,
} from '../files/model-file.js';
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

/** Where a model's weights and dropout masks come from, and how it is run. */
export interface NetworkOptions {
  /** The same seed gives the same initial weights and dropout masks on every backend. Default 0. */
  readonly seed?: number;
  /** false: compose everything from the required operations, also where the backend has a fused kernel. Default true. */
  readonly fused?: boolean;
  /** Weights to start from, all of them, by name; nothing is then initialised. Default: each layer's initializers. */
  readonly weights?: Readonly<Record<string, HostTensor>>;
}

/** An architecture that can be put on a backend. Made by {@link sequential}. */
export class Model extends Architecture {
  /**
   * The model with weights, on a backend.
   * @throws OptionError for an option that does not exist; what `Network.setWeights` throws for `weights` that do not fit
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
 * A model of one layer after another.
 *
 * @param options.inputShape [time, features], [features] or, before an embedding, [time]; null for any time
 * @throws ShapeError where a layer cannot take the output of the one before
 */
export function sequential(layers: readonly Layer[], options: { inputShape: InputShape }): Model {
  const { inputShape } = checkOptions('sequential', options, {
    inputShape: custom<InputShape>('an array: [time, features], [features] or [time]', Array.isArray),
  });
  return new Model(layers, inputShape);
}

/**
 * The model that a description stands for: what `JSON.stringify(model)` gives, or a model file's metadata.
 * @throws FormatError for a description of another form, or one whose layers do not go together
 */
export function modelFromJson(json: unknown, makers: LayerMakers = {}): Model {
  const { layers, cells } = checkOptions('modelFromJson', makers, makerOptions);
  return readArchitecture(
    json,
    { layers: { ...builtInLayers, ...layers }, cells },
    (all, shape) => new Model(all, shape),
  );
}

/** A model with weights on a backend: it trains, predicts, streams and is saved. Made by `model.on(backend)`. */
export class Network extends Predictor<Model> {
  #training = false;

  /**
   * Trains. The run is an async iterable of steps and has a promise `done`; it starts by itself.
   * @throws OptionError for options that do not exist or do not go together; the run: DataError, DivergenceError
   */
  fit(samples: Samples, options: FitOptions): TrainingRun {
    this.check();
    if (this.#training) throw new StateError('fit: this network is being trained already');
    const run = fit(this, samples, options, () => {
      this.#training = false;
    });
    this.#training = true;
    return run;
  }

  /** The loss and the metrics over all samples, without dropout, padding left out. */
  evaluate(samples: Samples, options: EvaluateOptions): Promise<Scores> {
    this.check();
    return evaluate(this, samples, options);
  }

  /**
   * Looks inside a recurrent layer: its gates, candidate, cell state and output at every step of every row, and with
   * `y` and `loss` the norm of the loss's gradient with respect to its hidden state there. Runs without dropout; a
   * stateful layer starts from zero, and keeps nothing.
   *
   * @param x as for {@link predict}: rows may have unequal lengths. All of them are computed together
   * @throws OptionError for a layer that is not there or not recurrent, a direction that it does not have, `y` without
   *   `loss` or `loss` without `y`; UnsupportedError for a layer whose cell cannot be looked into; ShapeError, DataError
   *   for inputs or targets that do not fit
   */
  inspect(x: BatchInput, options?: InspectOptions): Promise<Inspection> {
    this.check();
    return inspect(this, x, options);
  }

  /**
   * Replaces the network's weights: all of them, or none where one does not fit.
   * @param weights by name; the data may be any array of numbers
   * @param options.allowNonFinite take NaN and infinite weights too. Default false
   * @throws OptionError for a name that is missing or unknown; ShapeError for another shape or count; DataError for a number
   *   that is not finite in the backend's precision; StateError while the network is being trained
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

  /** One .safetensors file: the weights, and the model's description in its metadata. */
  async save(): Promise<Uint8Array> {
    return encodeModel(this, await this.getWeights());
  }
}

/**
 * The network that `network.save()` wrote, on a backend. Its weights are those of the file; nothing is initialised. An
 * application that only predicts bundles less with `loadPredictor`.
 *
 * @param file the bytes of the file; an ArrayBuffer will do, as `(await fetch(url)).arrayBuffer()` gives it
 * @param options.layers, options.cells functions that make the custom layers and cells that the file names
 * @throws FormatError for bytes that are truncated, damaged, or not a model of Recurra, and for weights that are not finite
 */
export async function loadNetwork(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions = {},
): Promise<Network> {
  checkBackend('loadNetwork', backend);
  const { makers, allowNonFinite, ...given } = loadSettings('loadNetwork', options);
  const { description, tensors, seed } = decodeModel(file);
  const model = modelFromJson(description, makers);
  const weights = checkFileWeights(model, tensors, allowNonFinite ? 'any' : backend.precision);
  return new Network(model, backend, { seed: given.seed ?? seed, fused: given.fused }, weights);
}

/** Each parameter's initial values, computed one at a time. */
function* initialWeights(
  model: Architecture,
  seed: number,
  precision: Backend['precision'],
): Generator<[string, HostTensor]> {
  for (const [name, { shape, initial }] of model.parameters()) {
    const from = seededRandom(seed, 'weights', name);
    const values = typeof initial === 'function' ? initial(from) : initialize(initial, shape, from);
    yield [name, { data: checkNumbers(`the initial value of ${name}`, values, shape, precision), shape }];
  }
}
