import type { Parameter } from './cells/cell.js';
import type { Backend } from './contract/backend.js';
import { checkBackend } from './contract/check-backend.js';
import { FormatError, OptionError, ShapeError } from './errors.js';
import { checkWeights, type HostTensor } from './host-arrays.js';
import type { BuiltLayer, Layer, SignalShape } from './layers/layer.js';
import { type CustomParts, type Description, layerFrom } from './layers/registry.js';
import { checkLayerTrainable } from './layers/trainable.js';
import { Network } from './network.js';
import { boolean, checkOptions, custom, isRecord, number, optional, show } from './options.js';

/** Without the batch: [time, features], [features], or [time] of token ids; time may be null for any length. */
export type InputShape = readonly (number | null)[];

/** Where a model's weights and dropout masks come from, and how it is run. */
export interface NetworkOptions {
  /** The same seed gives the same initial weights and dropout masks on every backend. Default 0. */
  readonly seed?: number;
  /** false: compose everything from the backend's ground floor, also where it has a fused kernel. Default true. */
  readonly fused?: boolean;
  /** Weights to start from, all of them, by name; nothing is then initialised. Default: each layer's initializers. */
  readonly weights?: Readonly<Record<string, HostTensor>>;
}

/** The options with defaults filled in. @throws OptionError */
export function checkNetworkOptions(options: NetworkOptions) {
  return checkOptions('on', options, {
    seed: optional(number, 0),
    fused: optional(boolean, true),
    weights: optional(custom<Record<string, HostTensor>>('an object of { data, shape } by name', isRecord)),
  });
}

/** Layers put together for an input shape; a description, without weights, that runs nowhere yet. */
export class Model {
  readonly layers: readonly Layer[];
  readonly inputShape: InputShape;
  /** The layers, each with its shapes and parameters known. */
  readonly built: readonly BuiltLayer[];
  readonly input: SignalShape;
  readonly output: SignalShape;

  /** Use {@link sequential}. */
  constructor(layers: readonly Layer[], inputShape: InputShape) {
    checkLayers(layers);
    this.layers = layers;
    this.inputShape = inputShape;
    this.input = signalShape(inputShape, layers[0]);
    const built: BuiltLayer[] = [];
    let shape = this.input;
    let outputs = 1;
    for (const [index, layer] of layers.entries()) {
      if (outputs > 1) {
        throw new ShapeError(
          `layer ${index}, ${layer.kind}: a layer with two outputs (merge 'none') must be the last`,
        );
      }
      const next = build(layer, index, shape);
      built.push(next);
      shape = next.outputShape;
      outputs = next.outputCount ?? 1;
    }
    this.built = built;
    this.output = shape;
    for (const [index, layer] of layers.entries())
      checkLayerTrainable(`layer ${index}, ${layer.kind}`, layer, built[index]);
  }

  /**
   * The model with weights, on a backend.
   * @throws OptionError for an option that does not exist; what `Network.setWeights` throws for `weights` that do not fit
   */
  on(backend: Backend, options: NetworkOptions = {}): Network {
    checkBackend('on', backend);
    const { weights, ...checked } = checkNetworkOptions(options);
    const start = weights && checkWeights('on: weights', weights, this.parameters(), backend.precision);
    return new Network(this, backend, checked, start);
  }

  /** Every parameter of every layer, by the layer's index and the parameter's name in it: `0.kernel`. */
  parameters(): Map<string, Parameter> {
    const all = new Map<string, Parameter>();
    for (const [index, { parameters }] of this.built.entries()) {
      for (const [name, parameter] of Object.entries(parameters)) all.set(`${index}.${name}`, parameter);
    }
    return all;
  }

  /** What a model file keeps. */
  toJSON(): { readonly inputShape: InputShape; readonly layers: readonly Description[] } {
    return {
      inputShape: this.inputShape,
      layers: this.layers.map(({ kind, options }) => ({ kind, options })),
    };
  }

  /**
   * The model that {@link Model.toJSON} described.
   * @throws FormatError for a description of another form, or one whose layers cannot be
   */
  static fromJSON(json: unknown, custom: CustomParts = {}): Model {
    if (!isRecord(json) || !Array.isArray(json.inputShape) || !Array.isArray(json.layers)) {
      throw new FormatError(`a model must be { inputShape: […], layers: […] }, not ${show(json)}`);
    }
    try {
      return sequential(
        json.layers.map((layer) => layerFrom(layer, custom)),
        { inputShape: json.inputShape },
      );
    } catch (error) {
      if (error instanceof FormatError) throw error;
      throw new FormatError(`the model's description cannot be built: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

/**
 * A model of one layer after another.
 *
 * @param options.inputShape [time, features], [features] or, before an embedding, [time]; null for any time
 * @throws ShapeError where a layer cannot take what the one before gives
 */
export function sequential(layers: readonly Layer[], options: { inputShape: InputShape }): Model {
  const { inputShape } = checkOptions('sequential', options, { inputShape: anyShape });
  return new Model(layers, inputShape);
}

const anyShape = custom<InputShape>('an array: [time, features], [features] or [time]', Array.isArray);

function checkLayers(layers: unknown): asserts layers is readonly Layer[] {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new OptionError(`a model takes an array of at least one layer, not ${show(layers)}`);
  }
  for (const [index, layer] of layers.entries()) {
    const isLayer = isRecord(layer) && typeof layer.kind === 'string' && typeof layer.build === 'function';
    if (!isLayer)
      throw new OptionError(`layer ${index} must be a layer, such as lstm({ units }), not ${show(layer)}`);
  }
}

function build(layer: Layer, index: number, shape: SignalShape): BuiltLayer {
  let built: BuiltLayer;
  try {
    built = layer.build(shape);
  } catch (error) {
    if (error instanceof ShapeError)
      throw new ShapeError(`layer ${index}, ${error.message}`, { cause: error });
    throw error;
  }
  if (isRecord(built) && isRecord(built.outputShape) && isRecord(built.parameters)) return built;
  throw new OptionError(
    `layer ${index}, ${layer.kind}: build must return { outputShape, parameters, apply }, not ${show(built)}`,
  );
}

function signalShape(shape: InputShape, first: Layer): SignalShape {
  const [a, b] = shape;
  const size = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) > 0;
  const time = (x: unknown): x is number | null => x === null || size(x);
  const indices = first.vocabulary !== undefined;
  if (indices && shape.length === 1 && time(a)) return { kind: 'indices', time: a };
  if (!indices && shape.length === 1 && size(a)) return { kind: 'vector', features: a };
  if (!indices && shape.length === 2 && time(a) && size(b)) return { kind: 'sequence', time: a, features: b };
  const wanted = indices ? '[time]' : '[time, features] or [features]';
  throw new ShapeError(`inputShape must be ${wanted} for ${first.kind}, not ${show(shape)}`);
}
