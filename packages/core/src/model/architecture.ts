import type { Parameter } from '../cells/cell.js';
import { OptionError, ShapeError } from '../errors.js';
import {
  type BuiltLayer,
  describeLayer,
  type Layer,
  type LayerDescription,
  type SignalShape,
} from '../layers/layer.js';
import { checkLayerTrainable } from '../layers/trainable.js';
import { isRecord, show } from '../options.js';

/**
 * The shape of one input, without the batch: [time, features], [features], or [time] for token ids. A time of null
 * allows any length.
 */
export type InputShape = readonly (number | null)[];

/** An architecture as it is stored in a model file. */
export interface ArchitectureDescription {
  readonly inputShape: InputShape;
  readonly layers: readonly LayerDescription[];
}

/** A list of layers, built for an input shape. It has no weights and is not tied to a backend. */
export class Architecture {
  readonly layers: readonly Layer[];
  readonly inputShape: InputShape;
  /** The layers with their output shapes and parameters. */
  readonly built: readonly BuiltLayer[];
  readonly input: SignalShape;
  readonly output: SignalShape;

  /**
   * @throws OptionError if a value is not a layer; ShapeError if a layer cannot take the output of the previous layer;
   *   UnsupportedError for a parameter marked as not trainable
   */
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

  /** The number of outputs: two if the last layer is `bidirectional` with merge 'none', otherwise one. */
  get outputCount(): number {
    return this.built[this.built.length - 1].outputCount ?? 1;
  }

  /** The name of a layer in error messages: `layer 1, lstm`. */
  nameOf(index: number): string {
    return `layer ${index}, ${this.layers[index].kind}`;
  }

  /** All parameters of all layers, keyed by the layer's index and the parameter's name: `0.kernel`. */
  parameters(): Map<string, Parameter> {
    const all = new Map<string, Parameter>();
    for (const [index, { parameters }] of this.built.entries()) {
      for (const [name, parameter] of Object.entries(parameters)) all.set(`${index}.${name}`, parameter);
    }
    return all;
  }

  toJSON(): ArchitectureDescription {
    return { inputShape: this.inputShape, layers: this.layers.map(describeLayer) };
  }
}

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
  const expected = indices ? '[time]' : '[time, features] or [features]';
  throw new ShapeError(`inputShape must be ${expected} for ${first.kind}, not ${show(shape)}`);
}
