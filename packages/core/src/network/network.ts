import type { Parameter } from '../cells/cell.js';
import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { AnySample, Samples } from '../data/samples.js';
import { StateError } from '../errors.js';
import { encodeModel, type LoadOptions, readModelFile } from '../files/model-file.js';
import { checkNumbers, checkWeights, type HostTensor } from '../host-arrays.js';
import { initialize } from '../initializers.js';
import type { AnyLayer, SignalShape } from '../layers/layer.js';
import type { MetricsOf, Scores } from '../metrics/scores.js';
import type { InputShape } from '../model/architecture.js';
import { Architecture } from '../model/architecture.js';
import { builtInLayers } from '../model/built-in-layers.js';
import { chain } from '../model/chain.js';
import { graphParts } from '../model/graph-parts.js';
import type { Node } from '../model/node.js';
import { readArchitecture } from '../model/read-architecture.js';
import { type LayerMakers, makerOptions } from '../model/read-layer.js';
import { summarize } from '../model/summary.js';
import type { BatchOf, GraphTypesOf, ModelTypes, SampleOf } from '../model/types.js';
import { boolean, checkOptions, custom, isRecord, number, optional } from '../options.js';
import { seededRandom } from '../random.js';
import { type EvaluateOptions, evaluate } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import type { FitOptions } from '../training/options.js';
import type { TrainingRun } from '../training/run.js';
import { type Inspection, type InspectOptions, inspect } from './inspect.js';
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

/** Layers that can be put on a backend. Made by {@link sequential} and {@link graph}. */
export class Model<Types extends ModelTypes = 'chain'> extends Architecture {
  /** The kinds of the inputs and outputs. Of types only: no model has it. */
  declare readonly '~types'?: Types;

  /**
   * The model with weights, on a backend.
   * @throws OptionError for an option that does not exist; what `Network.setWeights` throws for `weights` that do not fit
   */
  on(backend: Backend, options: NetworkOptions = {}): Network<Types> {
    checkBackend('on', backend);
    const { weights, ...settings } = checkOptions('on', options, {
      seed: optional(number, 0),
      fused: optional(boolean, true),
      weights: optional(custom<Record<string, HostTensor>>('an object of { data, shape } by name', isRecord)),
    });
    const start = weights
      ? checkWeights('on: weights', weights, valuesOf(this), backend.precision)
      : initialWeights(this, settings.seed, backend.precision);
    return new Network<Types>(this, backend, settings, start);
  }

  /** The layers with their shapes and their numbers of parameters, as a table in plain text. */
  summary(): string {
    return summarize(this);
  }
}

/**
 * A model of one layer after another.
 *
 * @param options.inputShape [time, features], [features], [height, width, channels], [time, height, width, channels] or,
 *   before an embedding, [time]; null for any time
 * @throws ShapeError where a layer cannot take the output of the one before
 */
export function sequential(layers: readonly AnyLayer[], options: { inputShape: InputShape }): Model {
  const { inputShape } = checkOptions('sequential', options, {
    inputShape: custom<InputShape>('an array: [time, features], [features] or [time]', Array.isArray),
  });
  return new Model(chain(layers, inputShape));
}

/**
 * A model whose layers form a graph.
 *
 *   const model = graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
 *     const words = embedding({ inputDim: 8000, outputDim: 64 });
 *     const memory = apply(lstm({ units: 64, returnSequences: true }), apply(words, source));
 *     …
 *     return { scores: apply(dense({ units: 8000 }), context) };
 *   });
 *
 * @param inputs by name: `tokens()`, `sequence(features)`, `vector(features)`, `frames(height, width, channels)`, `image(…)`
 * @param body is called once with a node for each input, and returns the node of each output by name
 * @throws OptionError for an input that no layer uses, a name that is taken, or a node of another graph
 */
export function graph<
  const Inputs extends Readonly<Record<string, SignalShape>>,
  const Outputs extends Readonly<Record<string, Node>>,
>(
  inputs: Inputs,
  body: (nodes: { readonly [Name in keyof Inputs]: Node<Inputs[Name]['kind']> }) => Outputs,
): Model<GraphTypesOf<Inputs, Outputs>> {
  return new Model(graphParts(inputs, body as never));
}

/**
 * The model that a description stands for: what `JSON.stringify(model)` gives, or a model file's metadata.
 * @throws FormatError for a description of another form, or one whose layers do not go together
 */
export function modelFromJson<Types extends ModelTypes = 'chain'>(
  json: unknown,
  makers: LayerMakers = {},
): Model<Types> {
  const { layers, cells } = checkOptions('modelFromJson', makers, makerOptions);
  return readArchitecture(
    json,
    { layers: { ...builtInLayers, ...layers }, cells },
    (parts) => new Model<Types>(parts),
  );
}

/** A model with weights on a backend: it trains, predicts, streams and is saved. Made by `model.on(backend)`. */
export class Network<Types extends ModelTypes = 'chain'> extends Predictor<Types, Model<Types>> {
  #training = false;

  /**
   * Trains. The run is an async iterable of steps and has a promise `done`; it starts by itself.
   * @throws OptionError for options that do not exist or do not go together; the run: DataError, DivergenceError
   */
  fit<const Metrics extends MetricsOf<Types> = MetricsOf<Types>>(
    samples: Samples<SampleOf<Types>>,
    options: FitOptions<Types, Metrics>,
  ): TrainingRun<Scores<Types, Metrics>> {
    this.check();
    if (this.#training) throw new StateError('fit: this network is being trained already');
    const run = fit(this, samples as Samples<AnySample>, options as unknown as FitOptions<ModelTypes>, () => {
      this.#training = false;
    });
    this.#training = true;
    return run as unknown as TrainingRun<Scores<Types, Metrics>>;
  }

  /** The loss and the metrics over all samples, without dropout, padding left out. */
  evaluate<const Metrics extends MetricsOf<Types> = MetricsOf<Types>>(
    samples: Samples<SampleOf<Types>>,
    options: EvaluateOptions<Types, Metrics>,
  ): Promise<Scores<Types, Metrics>> {
    this.check();
    return evaluate(
      this,
      samples as Samples<AnySample>,
      options as unknown as EvaluateOptions<ModelTypes>,
    ) as Promise<Scores<Types, Metrics>>;
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
  inspect(x: BatchOf<Types>, options?: InspectOptions): Promise<Inspection> {
    this.check();
    return inspect(this, x as never, options);
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
    this.replaceWeights(checkWeights('setWeights', weights, valuesOf(this.model), finite));
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
export async function loadNetwork<Types extends ModelTypes = 'chain'>(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions = {},
): Promise<Network<Types>> {
  const { model, settings, weights } = readModelFile('loadNetwork', file, backend, options, (json, makers) =>
    modelFromJson<Types>(json, makers),
  );
  return new Network<Types>(model, backend, settings, weights);
}

/** The parameters and buffers of a model: all that its weights hold. */
function valuesOf(model: Architecture): Map<string, Parameter> {
  return new Map([...model.parameters(), ...model.buffers()]);
}

/** The initial values of each parameter and buffer, computed one at a time. */
function* initialWeights(
  model: Architecture,
  seed: number,
  precision: Backend['precision'],
): Generator<[string, HostTensor]> {
  for (const [name, { shape, initial }] of valuesOf(model)) {
    const from = seededRandom(seed, 'weights', name);
    const values = typeof initial === 'function' ? initial(from) : initialize(initial, shape, from);
    yield [name, { data: checkNumbers(`the initial value of ${name}`, values, shape, precision), shape }];
  }
}
