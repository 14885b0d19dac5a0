import { OptionError, ShapeError } from '../errors.js';
import type { AnyLayer, Layer, LayerInputs, LayerResult, SignalKind, SignalShape } from '../layers/layer.js';
import { checkOptions, custom, didYouMean, isRecord, optional, show } from '../options.js';
import {
  AppliedLayer,
  buildLayer,
  type InitialState,
  isLayer,
  isName,
  listOf,
  Node,
  NodeState,
  nameRule,
  sourcesOf,
} from './node.js';

/** The nodes for the inputs of a layer: one, several by name, or a list. */
export type NodesFor<In extends LayerInputs> = In extends SignalKind
  ? Node<In>
  : { readonly [Name in keyof In]: In[Name] extends SignalKind ? Node<In[Name]> : never };

/** The kind of a layer's output: always the same one, that of the input, or the one for the kind of the input. */
type OutputKind<Out extends LayerResult, From> = Out extends SignalKind
  ? Out
  : Out extends 'same'
    ? InputKind<From>
    : Extract<Out[InputKind<From> & keyof Out], SignalKind>;

type InputKind<From> =
  From extends Node<infer Kind>
    ? Kind
    : From extends readonly Node<infer Kind>[]
      ? Kind
      : From extends Readonly<Record<string, Node<infer Kind>>>
        ? Kind
        : SignalKind;

/** Options of {@link apply}. */
export interface ApplyOptions {
  /**
   * The name of the node, without a full stop. Its parameters are named after it: `decoder.kernel`. Default: the layer's
   * kind, numbered from the second one on (`lstm`, `lstm2`).
   */
  readonly name?: string;
  /**
   * The initial state of a recurrent layer: the final state of another node, `other.state`, or one vector [batch, units]
   * for each tensor of the state: of an LSTM `[h, c]`. If it is a single vector, it is h and the other tensors start from
   * zero. The widths must be those of the layer's own state. Default: zero.
   */
  readonly initialState?: InitialState;
}

/**
 * Applies a layer to nodes of a graph and returns the node of its output. Call it in the function that you pass to
 * {@link graph}. It computes nothing: the node describes a part of the model. If you apply the same layer value several
 * times, these nodes share its weights.
 *
 * @param layer a layer, such as `lstm({ units: 32 })`
 * @param from the layer's input: one node, such as an input of the graph; for `attention` and other layers with named
 *   inputs an object of nodes, `{ query, memory }`; for `concat`, `add` and `multiply` a list of nodes
 * @throws OptionError if `layer` is not a layer, for inputs that the layer does not have, an unknown option, and an
 *   `initialState` of a layer without state; ShapeError for an input that the layer cannot take, or an `initialState` of
 *   the wrong widths
 */
export function apply<
  In extends LayerInputs,
  Out extends LayerResult,
  const From extends NodesFor<NoInfer<In>>,
>(
  layer: Layer<string, object, In, Out>,
  from: From,
  options: ApplyOptions = {},
): Node<OutputKind<Out, From>> {
  if (!isLayer(layer))
    throw new OptionError(`apply: a layer is needed, such as lstm({ units }), not ${show(layer)}`);
  const { name, initialState } = checkOptions('apply', options, {
    name: optional(custom<string>(nameRule, isName)),
    initialState: optional(custom<InitialState>('the state of a node, or vectors', isState)),
  });
  if (name === undefined && !isName(layer.kind))
    throw new OptionError(`apply: a layer of the kind ${show(layer.kind)} needs { name }, ${nameRule}`);
  checkFrom(layer, from);
  const any = layer as unknown as AnyLayer;
  const nodes = listOf<Node>(any, from as never);
  const shapes = nodes.map(({ shape }) => shape);
  const built = buildLayer('', any, sourcesOf<SignalShape>(any, shapes));
  const start =
    initialState && checkState(layer.kind, built.stateSizes, built.sharedState?.sizes, initialState);
  return new Node(built.outputShape as never, new AppliedLayer(any, built, nodes, name, start));
}

function isState(state: unknown): boolean {
  return (
    state instanceof NodeState || (Array.isArray(state) ? state : [state]).every((x) => x instanceof Node)
  );
}

function checkFrom({ kind, inputs }: Pick<AnyLayer, 'kind' | 'inputs'>, from: unknown): void {
  const isNode = (x: unknown) => x instanceof Node;
  if (inputs === undefined && !isNode(from))
    throw new OptionError(`${kind} takes one node, not ${show(from)}`);
  if (inputs === 'list' && !(Array.isArray(from) && from.length > 0 && from.every(isNode)))
    throw new OptionError(`${kind} takes a list of nodes, not ${show(from)}`);
  if (inputs === undefined || inputs === 'list') return;
  if (!isRecord(from) || from instanceof Node)
    throw new OptionError(`${kind} takes the inputs { ${inputs.join(', ')} }, not ${show(from)}`);
  for (const name of Object.keys(from)) {
    if (!inputs.includes(name))
      throw new OptionError(`${kind} has no input ${show(name)}${didYouMean(name, [...inputs])}`);
  }
  for (const name of inputs) {
    if (!isNode(from[name]))
      throw new OptionError(`${kind}: the input ${name} must be a node, not ${show(from[name])}`);
  }
}

/** Checks the widths of an initial state. @param own the widths of the layer's state; undefined for a layer without state */
function checkState(
  kind: string,
  own: readonly number[] | undefined,
  shared: readonly number[] = own ?? [],
  given: InitialState,
): NodeState | readonly Node[] {
  if (!own) throw new OptionError(`initialState: ${kind} has no state`);
  const nodes = given instanceof Node ? [given] : given;
  const sizes =
    nodes instanceof NodeState
      ? nodes.sizes
      : nodes.map(({ shape }) => (shape.kind === 'vector' ? shape.features : show(shape.kind)));
  const wanted = given instanceof Node ? shared.slice(0, 1) : shared;
  if (sizes.length === wanted.length && sizes.every((size, i) => size === wanted[i]))
    return nodes as NodeState | readonly Node[];
  throw new ShapeError(
    given instanceof Node
      ? `initialState: a single vector for ${kind} must have ${wanted[0]} features, not ${sizes[0]}`
      : `initialState: ${kind} needs vectors of the widths ${shared.join(', ')}, not ${sizes.join(', ') || 'none'}`,
  );
}
