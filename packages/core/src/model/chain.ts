import { OptionError, ShapeError } from '../errors.js';
import type { AnyLayer, SignalShape } from '../layers/layer.js';
import { show } from '../options.js';
import type { InputShape, ModelParts } from './architecture.js';
import { AppliedLayer, buildLayer, isLayer, Node } from './node.js';

/**
 * Connects layers one after another, as a graph with one input and one output.
 * @throws OptionError for a value that is not a layer; ShapeError if a layer cannot take the output of the one before it
 */
export function chain(layers: readonly AnyLayer[], inputShape: InputShape): ModelParts {
  checkLayers(layers);
  const input = new Node(signalShape(inputShape, layers[0]));
  let node: Node = input;
  for (const [index, layer] of layers.entries()) {
    const what = `layer ${index}, `;
    if (node.layer?.built.otherShapes)
      throw new ShapeError(`${what}${layer.kind}: a layer with two outputs (merge 'none') must be the last`);
    if (layer.inputs)
      throw new ShapeError(`${what}${layer.kind}: a layer of several inputs needs a graph, not sequential`);
    const built = buildLayer(what, layer, node.shape);
    node = new Node(built.outputShape, new AppliedLayer(layer, built, [node], `${index}`));
  }
  const others = Object.keys(node.layer?.built.otherShapes ?? {});
  const outputs: Record<string, Node> =
    others.length > 0
      ? { forward: node, ...Object.fromEntries(others.map((name) => [name, node.output(name)])) }
      : { output: node };
  return { inputs: { input }, outputs, inputShape };
}

function checkLayers(layers: unknown): asserts layers is readonly AnyLayer[] {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new OptionError(`a model takes an array of at least one layer, not ${show(layers)}`);
  }
  for (const [index, layer] of layers.entries()) {
    if (!isLayer(layer))
      throw new OptionError(`layer ${index} must be a layer, such as lstm({ units }), not ${show(layer)}`);
  }
}

function signalShape(shape: InputShape, first: AnyLayer): SignalShape {
  const [a, b, c, d] = shape;
  const size = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) > 0;
  const time = (x: unknown): x is number | null => x === null || size(x);
  if (first.vocabulary !== undefined) {
    if (shape.length === 1 && time(a)) return { kind: 'tokens', time: a };
    throw new ShapeError(`inputShape must be [time] for ${first.kind}, not ${show(shape)}`);
  }
  if (shape.length === 1 && size(a)) return { kind: 'vector', features: a };
  if (shape.length === 2 && time(a) && size(b)) return { kind: 'sequence', time: a, features: b };
  if (shape.length === 3 && size(a) && size(b) && size(c))
    return { kind: 'image', height: a, width: b, channels: c };
  if (shape.length === 4 && time(a) && size(b) && size(c) && size(d))
    return { kind: 'frames', time: a, height: b, width: c, channels: d };
  throw new ShapeError(
    `inputShape must be [time, features], [features], [height, width, channels] or [time, height, width, channels] for ${first.kind}, not ${show(shape)}`,
  );
}
