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

/** The nodes that a layer takes. */
export type NodesFor<In extends LayerInputs> = In extends SignalKind
  ? Node<In>
  : { readonly [Name in keyof In]: In[Name] extends SignalKind ? Node<In[Name]> : never };

/** The kind of a layer's output: its own, that of its input, or the one that its input's kind gives. */
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

/** How a layer is placed in a graph. */
export interface ApplyOptions {
  /** The node's name, and the beginning of its parameters' names: `decoder.kernel`. Default: the layer's kind, numbered. */
  readonly name?: string;
  /**
   * Where the layer's state starts: `other.state`, or one vector for each tensor of the state. A single vector is the
   * first of them (h); the others start from zero. Default: zero.
   */
  readonly initialState?: InitialState;
}

/**
 * A layer over its inputs, in the function that is handed to {@link graph}. The same layer value twice has the same
 * weights.
 *
 * @param from one node; for a layer of several inputs an object of nodes, `{ query, memory }`, or a list of them
 * @throws OptionError for inputs that the layer does not have; ShapeError for shapes that it cannot take
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

/** The sources of an initial state, checked against the sizes of the layer's own. */
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
    `initialState: ${kind} needs vectors of the widths ${shared.join(', ')}, not ${sizes.join(', ') || 'none'}`,
  );
}
