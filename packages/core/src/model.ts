import type { Backend } from './contract/backend.js';
import { FormatError, OptionError, ShapeError } from './errors.js';
import type { BuiltLayer, Layer, SignalShape } from './layers/layer.js';
import { type CustomParts, type Description, layerFrom } from './layers/registry.js';
import { checkLayerTrainable } from './layers/trainable.js';
import { Network } from './network.js';
import { boolean, checkOptions, isRecord, number, optional, show } from './options.js';

/** Without the batch: [time, features], [features], or [time] of token ids; time may be null for any length. */
export type InputShape = readonly (number | null)[];

/** Where a model's weights and dropout masks come from, and how it is run. */
export interface NetworkOptions {
  /** The same seed gives the same initial weights and dropout masks on every backend. Default 0. */
  readonly seed?: number;
  /** false: compose everything from the backend's ground floor, also where it has a fused kernel. Default true. */
  readonly fused?: boolean;
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
    this.layers = layers;
    this.inputShape = inputShape;
    this.input = signalShape(inputShape, layers[0]);
    const built: BuiltLayer[] = [];
    let shape = this.input;
    for (const [index, layer] of layers.entries()) {
      if (built.some((before) => (before.outputCount ?? 1) > 1)) {
        throw new ShapeError(
          `layer ${index}, ${layer.kind}: a layer with two outputs (merge 'none') must be the last`,
        );
      }
      try {
        built.push(layer.build(shape));
      } catch (error) {
        if (error instanceof ShapeError)
          throw new ShapeError(`layer ${index}, ${error.message}`, { cause: error });
        throw error;
      }
      shape = built[index].outputShape;
    }
    this.built = built;
    this.output = shape;
    for (const [index, layer] of layers.entries())
      checkLayerTrainable(`layer ${index}, ${layer.kind}`, layer, built[index]);
  }

  /**
   * The model with weights, on a backend.
   * @throws OptionError for an option that does not exist
   */
  on(backend: Backend, options: NetworkOptions = {}): Network {
    const { seed, fused } = checkOptions('on', options, {
      seed: optional(number, 0),
      fused: optional(boolean, true),
    });
    return new Network(this, backend, seed, fused);
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
  if (layers.length === 0) throw new OptionError('sequential: at least one layer is needed');
  return new Model(layers, options.inputShape);
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
