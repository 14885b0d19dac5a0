import { FormatError, OptionError, ShapeError } from '../errors.js';
import type { AnyLayer, SignalShape } from '../layers/layer.js';
import { sizesOfStep } from '../layers/shapes.js';
import { didYouMean, isRecord, positiveInteger, show } from '../options.js';
import { apply } from './apply.js';
import type { ModelParts } from './architecture.js';
import { type InitialState, Node } from './node.js';
import { type LayerMakers, readLayer } from './read-layer.js';

/** A function that creates a graph from its description: the export `graphs`. */
export type GraphReader = (json: unknown, makers: LayerMakers) => ModelParts;

/**
 * Creates a graph from its description in a model file. Pass this function to `loadPredictor` as `{ graphs }`. Nodes must
 * be listed in the order in which they run, so that a node only refers to inputs and earlier nodes.
 * @throws FormatError, with the name of the node, for a reference to a node that is missing, comes later or is part of a
 *   cycle, for an unknown kind, a name that is used twice, and options or shapes that do not fit
 */
export function readGraph(json: unknown, makers: LayerMakers = {}): ModelParts {
  if (!isRecord(json) || !isRecord(json.inputs) || !isRecord(json.outputs) || !Array.isArray(json.nodes))
    throw new FormatError(`a graph must be { inputs, nodes, outputs }, not ${show(json)}`);
  const inputs = Object.fromEntries(
    Object.entries(json.inputs).map(([name, shape]) => [name, new Node(readShape(name, shape))]),
  );
  const descriptions: readonly unknown[] = json.nodes;
  const known = new Map<string, Node>(Object.entries(inputs));
  const layers = new Map<string, AnyLayer>();
  const later = new Set(descriptions.map((node) => (isRecord(node) ? String(node.name) : '')));
  const find = (user: string, name: unknown): Node => {
    const node = typeof name === 'string' ? findSignal(known, name) : undefined;
    if (node) return node;
    const problem = later.has(String(name).split('.')[0])
      ? 'which does not come before it: the nodes form a circle, or are not in order'
      : `which does not exist${didYouMean(String(name), [...known.keys()])}`;
    throw new FormatError(`${user} refers to ${show(name)}, ${problem}`);
  };
  for (const [index, description] of descriptions.entries()) {
    if (!isRecord(description) || typeof description.name !== 'string')
      throw new FormatError(`node ${index} must be { name, kind, options, from }, not ${show(description)}`);
    const { name, from, initialState, shares } = description;
    if (known.has(name)) throw new FormatError(`node ${show(name)}: the name is taken`);
    const what = `node ${name}`;
    const layer = shares === undefined ? readLayer(description, makers) : sharedLayer(what, shares, layers);
    if (shares === undefined) layers.set(name, layer);
    try {
      const options = {
        name,
        ...(initialState !== undefined && {
          initialState: readState(initialState, (ref) => find(what, ref)),
        }),
      };
      known.set(name, apply(layer as never, readFrom(from, (ref) => find(what, ref)) as never, options));
    } catch (error) {
      if (!(error instanceof OptionError || error instanceof ShapeError)) throw error;
      throw new FormatError(`${what}: ${error.message}`, { cause: error });
    }
  }
  const outputs = Object.entries(json.outputs).map(
    ([name, ref]) => [name, find(`the output ${name}`, ref)] as const,
  );
  if (outputs.length === 0) throw new FormatError('the graph has no outputs');
  return { inputs, outputs: Object.fromEntries(outputs) };
}

/** A node by its name, or one of its other outputs: `encoder.backward`. */
function findSignal(known: ReadonlyMap<string, Node>, ref: string): Node | undefined {
  const [name, part] = ref.split('.', 2);
  const node = known.get(name);
  return part === undefined ? node : node?.output(part);
}

function sharedLayer(what: string, shares: unknown, layers: ReadonlyMap<string, AnyLayer>): AnyLayer {
  const layer = layers.get(shares as string);
  if (layer) return layer;
  throw new FormatError(
    `${what} shares the weights of ${show(shares)}, which is no earlier node with weights of its own`,
  );
}

function readFrom(from: unknown, find: (ref: unknown) => Node): unknown {
  if (Array.isArray(from)) return from.map(find);
  if (isRecord(from)) return Object.fromEntries(Object.entries(from).map(([name, ref]) => [name, find(ref)]));
  return find(from);
}

function readState(state: unknown, find: (ref: unknown) => Node): InitialState {
  // A single vector is the first tensor of the state, however many there are.
  if (Array.isArray(state) && state.length > 1) return state.map(find) as Node<'vector'>[];
  if (Array.isArray(state)) return find(state[0]) as Node<'vector'>;
  if (typeof state === 'string' && state.endsWith('.state'))
    return find(state.slice(0, -'.state'.length)).state;
  return find(state) as Node<'vector'>;
}

function readShape(name: string, shape: unknown): SignalShape {
  const { kind, time } = isRecord(shape) ? shape : {};
  const isTime = time === null || positiveInteger.accepts(time);
  const timed = kind === 'tokens' || kind === 'sequence' || kind === 'frames';
  const isKind = timed || kind === 'vector' || kind === 'image';
  const sizes = isKind ? sizesOfStep(shape as SignalShape) : [];
  const expected = { tokens: 0, vector: 1, sequence: 1, image: 3, frames: 3 }[kind as SignalShape['kind']];
  if (isKind && timed === isTime && sizes.length === expected && sizes.every(positiveInteger.accepts))
    return shape as SignalShape;
  throw new FormatError(
    `the input ${name} must be a shape such as { kind: "tokens", time: null }, not ${show(shape)}`,
  );
}
