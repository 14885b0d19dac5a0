import type { Parameter } from '../cells/cell.js';
import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import type { AnySample, Samples } from '../data/samples.js';
import { StateError, UnsupportedError } from '../errors.js';
import { encodeModel } from '../files/model-file.js';
import { checkNumbers, checkWeights, type HostTensor } from '../host-arrays.js';
import { initialize } from '../initialize.js';
import { quantizeMatrix } from '../int8/matrix.js';
import { placeMatrices, takeMatrices } from '../int8/place.js';
import { int8Tensors } from '../int8/reader.js';
import type { AnyLayer, SignalShape } from '../layers/layer.js';
import { checkTraining } from '../layers/trainable.js';
import type { MetricsOf, Scores } from '../metrics/scores.js';
import {
  Architecture,
  type ArchitectureDescription,
  type InputShape,
  type ModelNode,
  type ModelParts,
} from '../model/architecture.js';
import { chain } from '../model/chain.js';
import { describeArchitecture } from '../model/describe.js';
import { graphParts } from '../model/graph-parts.js';
import type { Node } from '../model/node.js';
import { checkSharedWeights } from '../model/shared-weights.js';
import { summarize } from '../model/summary.js';
import type { BatchOf, GraphTypes, GraphTypesOf, ModelTypes, SampleOf } from '../model/types.js';
import { boolean, checkOptions, custom, isRecord, number, optional } from '../options.js';
import { type Random, seededRandom } from '../random.js';
import { type EvaluateOptions, evaluate } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import type { FitOptions } from '../training/options.js';
import type { TrainingRun } from '../training/run.js';
import type { LayerKernel } from './forward.js';
import type { StreamOptions } from './graph-stream.js';
import { type Inspection, type InspectOptions, inspect } from './inspect.js';
import { type GivenOf, openStream, type StreamOf } from './open-stream.js';
import { Predictor } from './predictor.js';
import { type ExplainOptions, explain, type WarmUpOptions, warmUp } from './requests.js';
import type { Stream } from './stream.js';
import { readWeights, replaceWeights } from './weights.js';

/** Options for putting a model on a backend. */
export interface NetworkOptions {
  /** The same seed gives the same initial weights and dropout masks on every backend. Default 0. */
  readonly seed?: number;
  /** Use the backend's fused kernels. If false, everything is composed from the required operations. Default true. */
  readonly fused?: boolean;
  /**
   * The initial weights by name; all of them are required. Int8 weights have `scales`, and make a quantised network: see
   * {@link Network.quantize}. Default: each layer's initializers compute them.
   */
  readonly weights?: Readonly<Record<string, HostTensor>>;
}

/** A model without weights. {@link sequential} and {@link graph} create one; `model.on(backend)` gives it weights. */
export class Model<Types extends ModelTypes = 'chain'> extends Architecture {
  /** The kinds of the inputs and outputs. It exists for the type checker only; models do not have this property. */
  declare readonly '~types'?: Types;

  /** Use {@link sequential} or {@link graph}. @throws OptionError for an invalid `trainable` or regularizer */
  constructor(parts: ModelParts) {
    super(parts);
    for (const node of this.nodes) checkTraining(() => this.nameOf(node), node.layer, node.built);
  }

  /**
   * Puts the model on a backend, with initial weights.
   * @throws OptionError for an unknown option; for `weights` that do not fit, the same errors as `Network.setWeights`
   */
  on(backend: Backend, options: NetworkOptions = {}): Network<Types> {
    checkBackend('on', backend);
    const { weights, ...settings } = checkOptions('on', options, {
      seed: optional(number, 0),
      fused: optional(boolean, true),
      weights: optional(custom<Record<string, HostTensor>>('an object of { data, shape } by name', isRecord)),
    });
    if (!weights)
      return new Network<Types>(
        this,
        backend,
        settings,
        initialWeights(this, settings.seed, backend.precision),
      );
    const { floats, matrices } = takeMatrices('on: weights', this, weights);
    const start = checkWeights('on: weights', floats, valuesOf(this), backend.precision);
    const int8 = placeMatrices(this, backend, settings.fused, matrices, start);
    return new Network<Types>(this, backend, { ...settings, int8 }, start);
  }

  /** The description that a model file stores. */
  toJSON(): ArchitectureDescription {
    return describeArchitecture(this);
  }

  /**
   * Returns a table in plain text: for each input and layer its name, kind, output shape, number of parameters and the
   * nodes it is applied to; below, the outputs, and the numbers of trained, frozen and other values.
   */
  summary(): string {
    return summarize(this);
  }
}

/**
 * Creates a model whose layers are applied one after another.
 *
 * @param layers at least one layer
 * @param options.inputShape [time, features], [features], [height, width, channels], [time, height, width, channels] or,
 *   before an embedding, [time]; a time of null allows any length
 * @throws OptionError for a value that is not a layer; ShapeError for an invalid `inputShape`, and if a layer cannot take
 *   the output of the one before it
 */
export function sequential(layers: readonly AnyLayer[], options: { inputShape: InputShape }): Model {
  const { inputShape } = checkOptions('sequential', options, {
    inputShape: custom<InputShape>('an array: [time, features], [features] or [time]', Array.isArray),
  });
  return new Model(chain(layers, inputShape));
}

/**
 * Creates a model whose layers form a graph: with several inputs or outputs, branches, attention or shared weights.
 *
 *   const model = graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
 *     const words = embedding({ inputDim: 8000, outputDim: 64 });
 *     const memory = apply(lstm({ units: 64, returnSequences: true }), apply(words, source));
 *     …
 *     return { scores: apply(dense({ units: 8000 }), context) };
 *   });
 *
 * @param inputs the inputs by name, without full stops: `tokens()`, `sequence(features)`, `vector(features)`,
 *   `image(height, width, channels)` or `frames(height, width, channels)`
 * @param body a function that is called once, with a node for each input. It connects layers with {@link apply} and returns
 *   the node of each output by name
 * @throws OptionError for invalid inputs or outputs, an input that no layer uses, a name that is used twice, or a node of
 *   another graph; ShapeError if a layer cannot take its inputs
 */
export function graph<
  const Inputs extends Readonly<Record<string, SignalShape>>,
  const Outputs extends Readonly<Record<string, Node>>,
>(
  inputs: Inputs,
  body: (nodes: { readonly [Name in keyof Inputs]: Node<Inputs[Name]['kind']> }) => Outputs,
): Model<GraphTypesOf<Inputs, Outputs>> {
  return checkSharedWeights(new Model(graphParts(inputs, body as never)));
}

/**
 * Marks a network as being trained, until the returned function is called. It is not a method because only training needs it.
 * @throws StateError if the network is already being trained; UnsupportedError if it is quantised
 */
export let startTraining: <Types extends ModelTypes>(owner: string, network: Network<Types>) => () => void;

/**
 * A model with weights on a backend: it can be trained, used for prediction, streamed and saved. Use
 * `model.on(backend)` to create one.
 */
export class Network<Types extends ModelTypes = 'chain'> extends Predictor<Types, Model<Types>> {
  #training = false;

  static {
    startTraining = (owner, network) => {
      if (network.int8)
        throw new UnsupportedError(
          `${owner}: a quantised network cannot be trained; load or train the float32 network, and quantize it again`,
        );
      if (network.#training) throw new StateError(`${owner}: this network is already being trained`);
      network.#training = true;
      return () => {
        network.#training = false;
      };
    };
  }

  /** Random numbers that depend on the network's seed, the training step, the node and the purpose alone. */
  override random(step: number, { drawnBy }: ModelNode, purpose: string): Random {
    return seededRandom(this.seed, 'dropout', step, drawnBy, purpose);
  }

  /** A layer that is applied again in a training step goes on from the buffers that its earlier use has updated. */
  override buffersOf(node: ModelNode, updated?: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
    const buffers = super.buffersOf(node);
    for (const own in buffers) buffers[own] = updated?.get(`${node.owner}.${own}`) ?? buffers[own];
    return buffers;
  }

  /**
   * Trains the network. The returned run starts by itself. It is an async iterable of training steps and has a promise
   * `done`.
   * @throws OptionError for unknown or incompatible options. The run fails with a DataError or a DivergenceError
   */
  fit<const Metrics extends MetricsOf<Types> = MetricsOf<Types>>(
    samples: Samples<SampleOf<Types>>,
    options: FitOptions<Types, Metrics>,
  ): TrainingRun<Scores<Types, Metrics>> {
    this.check();
    const ended = startTraining('fit', this);
    try {
      const run = fit(
        this,
        samples as Samples<AnySample>,
        options as unknown as FitOptions<ModelTypes>,
        ended,
      );
      return run as unknown as TrainingRun<Scores<Types, Metrics>>;
    } catch (error) {
      ended();
      throw error;
    }
  }

  /**
   * Computes the loss and the metrics over all samples, without dropout. Padding is not counted. A decoder receives the
   * correct previous tokens of the sample; use `evaluateGenerated` to measure the sequences that it generates. For a graph,
   * `loss` is the weighted sum over the outputs, and the scores of an output are named `OUTPUT.loss` and `OUTPUT.METRIC`.
   * @throws OptionError for invalid options; DataError or ShapeError for samples that do not fit
   */
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
   * Reports which layers run fused in training and which run composed, and why. Computes nothing. If the backend has several
   * forms of a kernel, `forms` names those that run for batches of the size in `options`.
   * @throws OptionError for an unknown option
   */
  explain(options?: ExplainOptions): LayerKernel[] {
    return explain(this, options);
  }

  /**
   * Compiles the kernels that batches of this shape need, before the first batch. Backends compile in parallel if they
   * can. On a backend that compiles nothing ahead of time, this does nothing.
   * @throws OptionError for an unknown option; DeviceError for a kernel that the device cannot compile
   */
  warmUp(options?: WarmUpOptions): Promise<void> {
    return warmUp(this, options);
  }

  /**
   * Runs the network one time step at a time and keeps its state between steps. `stream()` runs one sequence of a chain, and
   * its `push` takes a frame. `stream(given, { rows })` runs several sequences of a graph side by side: layers that depend
   * only on the given inputs are computed once. For several sequences of a chain, use `stream({}, { rows })`.
   *
   * @param given some inputs of a graph by name, for one sequence or for a batch; `{}` for none. The others are stepped
   * @throws UnsupportedError if a stepped input has no steps, or a layer needs the whole sequence; OptionError, DataError or
   *   ShapeError for given inputs or options that do not fit
   */
  stream(this: Types extends 'chain' ? this : never): Stream;
  stream<const Given extends Types extends GraphTypes ? GivenOf<Types> : Record<string, never>>(
    given: Given,
    options?: StreamOptions,
  ): StreamOf<Types, Given>;
  stream(given?: never, options?: StreamOptions): unknown {
    return openStream(this as never, given as never, options);
  }

  /**
   * Returns the gates, candidate, cell state and output of a recurrent layer at every step of every row. With `y` and
   * `loss` it also returns the norm of the loss's gradient with respect to the hidden state at each step. Dropout is
   * off. A stateful layer starts from zero and its stored state does not change. For an attention, returns its weights.
   *
   * @param x a batch as for {@link predict}; rows may have unequal lengths. All rows are computed in one batch
   * @throws OptionError for a layer that does not exist or has neither a state nor attention, for a direction in a layer
   *   with only one, and for `y` without `loss` or `loss` without `y`; UnsupportedError for a layer that does not report its cell's
   *   values; ShapeError or DataError for inputs or targets that do not fit
   */
  async inspect(x: BatchOf<Types>, options?: InspectOptions): Promise<Inspection> {
    this.check();
    if (!this.int8) return inspect(this, x as never, options);
    const floats = await this.#copy(await readWeights(this));
    try {
      return await inspect(floats, x as never, options);
    } finally {
      floats.dispose();
    }
  }

  /**
   * Returns a copy of this network, on the same backend, whose matrices are int8 with a scale for each column (for an embedding,
   * for each row): a quarter of the size, in a file too. It is for prediction: `predict`, `stream`, `evaluate` and `save` work as
   * before, and `explain` says which layers use the int8 weights as they are. Biases, peepholes, gains, states and sums stay
   * float32. This network does not change. docs/int8.md has the errors that the rounding causes.
   * @throws UnsupportedError for a network that is quantised already, or has no layer whose weights can be int8; DataError for
   *   a weight that is not finite in float32
   */
  async quantize(): Promise<Network<Types>> {
    this.check();
    if (this.int8) throw new UnsupportedError('quantize: this network is quantised already');
    const weights: Record<string, HostTensor> = await readWeights(this);
    checkWeights('quantize', weights, valuesOf(this.model), 'float32');
    const parameters = [...this.model.parameters()].filter(([, { int8 }]) => int8);
    if (parameters.length === 0)
      throw new UnsupportedError('quantize: no layer of this model has weights that can be int8');
    for (const [name, parameter] of parameters)
      weights[name] = quantizeMatrix(weights[name] as NDArray, parameter);
    return this.#copy(weights);
  }

  #copy(weights: Readonly<Record<string, HostTensor>>): Network<Types> {
    return this.model.on(this.backend, { seed: this.seed, fused: this.fused, weights });
  }

  /**
   * Reads the weights to the host, by name: the parameters, and the buffers that are saved but not trained. Int8 weights are
   * returned as the float32 numbers that they stand for; `network.int8.matrices` has them as they are.
   */
  getWeights(): Promise<Record<string, NDArray>> {
    this.check();
    return readWeights(this);
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
    if (this.int8)
      throw new UnsupportedError(
        'setWeights: the weights of a quantised network cannot be replaced; use model.on(backend, { weights })',
      );
    const finite = allowNonFinite ? 'any' : this.backend.precision;
    const { floats } = takeMatrices('setWeights', this.model, weights);
    replaceWeights(this, checkWeights('setWeights', floats, valuesOf(this.model), finite));
  }

  /**
   * Encodes the network as a .safetensors file, with the weights as tensors and the model's description in the
   * metadata. The int8 weights of a quantised network are saved as int8.
   */
  async save(): Promise<Uint8Array> {
    const weights = await readWeights(this);
    if (!this.int8) return encodeModel(this, weights);
    // Loaded when it is needed, because it brings all layers into an application's bundle.
    const { withoutDefaults } = await import('../int8/without-defaults.js');
    const tensors = { ...weights, ...int8Tensors(this.model, this.int8) };
    return encodeModel(this, tensors, { model: JSON.stringify(withoutDefaults(this.model.toJSON())) });
  }
}

/** The parameters and buffers of a model: all values that its weights contain. */
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
    const random = seededRandom(seed, 'weights', name);
    const values =
      typeof initial === 'function' ? initial(random, initialize) : initialize(initial, shape, random);
    yield [name, { data: checkNumbers(`the initial value of ${name}`, values, shape, precision), shape }];
  }
}
