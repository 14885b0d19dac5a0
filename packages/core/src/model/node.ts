/* The nodes of a graph while it is being built: immutable values with their layer, inputs and shape. */
import { OptionError, ShapeError } from '../errors.js';
import type { AnyLayer, BuiltLayer, LayerInputs, SignalKind, SignalShape } from '../layers/layer.js';
import { isRecord, show } from '../options.js';

/**
 * A node of a graph: one of its inputs, or the output of a layer. {@link graph} passes the inputs to its function, and
 * {@link apply} returns the others. A node has a shape but no values: nothing is computed while a graph is being built.
 */
export class Node<Kind extends SignalKind = SignalKind> {
  /** @param layer the layer with the inputs it is applied to; undefined for an input of the graph */
  constructor(
    readonly shape: SignalShape & { readonly kind: Kind },
    readonly layer?: AppliedLayer,
    /** The name of the output, if it is not the first one of its layer. */
    readonly part?: string,
  ) {}

  /**
   * The final state of a recurrent layer, for the option `initialState` of another. If the layer is `bidirectional`, each
   * tensor of the state has both directions, one after the other, and is twice as wide.
   * @throws OptionError for a layer without state, and for an input of the graph
   */
  get state(): NodeState {
    if (this.layer?.built.stateSizes) return new NodeState(this.layer);
    throw new OptionError(`${this.layer?.layer.kind ?? 'an input'} has no state to start from`);
  }

  /**
   * Returns another output of the same layer: `output('backward')` of a `bidirectional` layer with merge 'none'.
   * @throws OptionError if the layer has no output of this name
   */
  output(name: string): Node<Kind> {
    const { otherShapes = {} } = this.layer?.built ?? {};
    if (Object.hasOwn(otherShapes, name))
      return new Node(otherShapes[name] as Node<Kind>['shape'], this.layer, name);
    const known = Object.keys(otherShapes).join(', ') || 'none';
    throw new OptionError(`there is no output ${show(name)}; known: ${known}`);
  }
}

/** The final state of a layer of a graph. See {@link Node.state}. */
export class NodeState {
  constructor(readonly layer: AppliedLayer) {}

  /** The width of each tensor of the state, as other layers take it. */
  get sizes(): readonly number[] {
    const { stateSizes = [], sharedState } = this.layer.built;
    return sharedState?.sizes ?? stateSizes;
  }
}

/** The initial state of a layer: the final state of another one, the vector h, or one vector for each tensor of the state. */
export type InitialState = NodeState | Node<'vector'> | readonly Node<'vector'>[];

let applied = 0;

/** A layer with its inputs. */
export class AppliedLayer {
  /** A layer that was applied later has a larger number. */
  readonly order = applied++;

  constructor(
    readonly layer: AnyLayer,
    readonly built: BuiltLayer<LayerInputs>,
    readonly from: readonly Node[],
    /** The name that the user gave it. */
    readonly name?: string,
    readonly initialState?: NodeState | readonly Node[],
  ) {}
}

/** A value for each input of a layer: one value, several by name, or a list. */
export type Sources<Source> = Source | Readonly<Record<string, Source>> | readonly Source[];

/** Lists the values of a layer's inputs in the order in which the layer declares them. */
export function listOf<Source>(layer: AnyLayer, from: Sources<Source>): Source[] {
  if (layer.inputs === undefined) return [from as Source];
  if (layer.inputs === 'list') return [...(from as readonly Source[])];
  return layer.inputs.map((name) => (from as Readonly<Record<string, Source>>)[name]);
}

/** The inverse of {@link listOf}: a list of values in the form in which the layer takes its inputs. */
export function sourcesOf<Value>(layer: AnyLayer, values: readonly Value[]): Sources<Value> {
  if (layer.inputs === undefined) return values[0];
  if (layer.inputs === 'list') return values;
  return Object.fromEntries(layer.inputs.map((name, i) => [name, values[i]]));
}

/**
 * Builds a layer for the shapes of its inputs.
 * @param what the beginning of error messages, such as `layer 2, `
 * @throws ShapeError for shapes that the layer cannot take; OptionError if its `build` returns something else than a built layer
 */
export function buildLayer(
  what: string,
  layer: AnyLayer,
  shapes: Sources<SignalShape>,
): BuiltLayer<LayerInputs> {
  let built: unknown;
  try {
    built = layer.build(shapes as never);
  } catch (error) {
    if (error instanceof ShapeError && what)
      throw new ShapeError(`${what}${error.message}`, { cause: error });
    throw error;
  }
  if (isRecord(built) && isRecord(built.outputShape) && isRecord(built.parameters))
    return built as unknown as BuiltLayer<LayerInputs>;
  throw new OptionError(
    `${what}${layer.kind}: build must return { outputShape, parameters, apply }, not ${show(built)}`,
  );
}

export function isLayer(layer: unknown): layer is AnyLayer {
  return isRecord(layer) && typeof layer.kind === 'string' && typeof layer.build === 'function';
}
