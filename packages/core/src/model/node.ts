/* The nodes of a graph in the making: immutable values that know their layer, their inputs and their shape. */
import { OptionError, ShapeError } from '../errors.js';
import type { AnyLayer, BuiltLayer, LayerInputs, SignalKind, SignalShape } from '../layers/layer.js';
import { isRecord, show } from '../options.js';

/** A signal of a graph: one of its inputs, or the output of a layer. Made by {@link graph} and {@link apply}. */
export class Node<Kind extends SignalKind = SignalKind> {
  /** @param layer how the signal is computed; undefined for an input */
  constructor(
    readonly shape: SignalShape & { readonly kind: Kind },
    readonly layer?: AppliedLayer,
    /** Which of the layer's other outputs this is; undefined: its first. */
    readonly part?: string,
  ) {}

  /** The final state of the layer: the `initialState` of another one. @throws OptionError where the layer has no state */
  get state(): NodeState {
    if (this.layer?.built.stateSizes) return new NodeState(this.layer);
    throw new OptionError(`${this.layer?.layer.kind ?? 'an input'} has no state to start from`);
  }

  /** Another output of the layer: `backward` of `bidirectional` with merge 'none'. @throws OptionError for another name */
  output(name: string): Node<Kind> {
    const { otherShapes = {} } = this.layer?.built ?? {};
    if (Object.hasOwn(otherShapes, name))
      return new Node(otherShapes[name] as Node<Kind>['shape'], this.layer, name);
    const known = Object.keys(otherShapes).join(', ') || 'none';
    throw new OptionError(`there is no output ${show(name)}; known: ${known}`);
  }
}

/** The final state of a layer of a graph. */
export class NodeState {
  constructor(readonly layer: AppliedLayer) {}

  get sizes(): readonly number[] {
    const { stateSizes = [], sharedState } = this.layer.built;
    return sharedState?.sizes ?? stateSizes;
  }
}

/** Where the state of a layer starts: the final state of another, or one vector for each tensor of the state. */
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

/** The inputs of a layer: one, several by name, or a list. */
export type Sources<Source> = Source | Readonly<Record<string, Source>> | readonly Source[];

/** The inputs in the layer's order: by name, or one after another. */
export function listOf<Source>(layer: AnyLayer, from: Sources<Source>): Source[] {
  if (layer.inputs === undefined) return [from as Source];
  if (layer.inputs === 'list') return [...(from as readonly Source[])];
  return layer.inputs.map((name) => (from as Readonly<Record<string, Source>>)[name]);
}

/** Values of a layer's inputs, in the layer's order, as the layer takes them. */
export function sourcesOf<Value>(layer: AnyLayer, values: readonly Value[]): Sources<Value> {
  if (layer.inputs === undefined) return values[0];
  if (layer.inputs === 'list') return values;
  return Object.fromEntries(layer.inputs.map((name, i) => [name, values[i]]));
}

/**
 * The layer for the shapes of its inputs.
 * @param what the layer in messages, with what places it: `layer 2, `
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

/**
 * A name of an input or a node. A full stop divides it from the names of parameters. Results are kept in objects by name,
 * and every object has a `__proto__` and a `constructor`.
 */
export function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !name.includes('.') && !(name in Object.prototype);
}

/** What {@link isName} expects, for messages. */
export const nameRule = 'a name without a full stop that is no property of every object, such as constructor';

export function isLayer(layer: unknown): layer is AnyLayer {
  return isRecord(layer) && typeof layer.kind === 'string' && typeof layer.build === 'function';
}
