import type { Parameter } from '../cells/cell.js';
import { OptionError } from '../errors.js';
import type {
  AnyLayer,
  BuiltLayer,
  LayerDescription,
  LayerInputs,
  SharedState,
  SignalShape,
} from '../layers/layer.js';
import { show } from '../options.js';
import { type AppliedLayer, Node, NodeState, type Sources } from './node.js';

/**
 * The shape of one input, without the batch: [time, features], [features], or [time] for token ids. A time of null
 * allows any length.
 */
export type InputShape = readonly (number | null)[];

/** The description of a `sequential` model in a model file. */
export interface ChainDescription {
  readonly inputShape: InputShape;
  readonly layers: readonly LayerDescription[];
}

/**
 * The description of a graph in a model file. A signal has the name of the input or node that it comes from (`encoder`).
 * A further output of a node is written `encoder.backward`, its final state `encoder.state`.
 */
export interface GraphDescription {
  readonly inputs: Readonly<Record<string, SignalShape>>;
  /** The nodes in the order in which they run. */
  readonly nodes: readonly NodeDescription[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** The description of a node in a model file. */
export interface NodeDescription extends LayerDescription {
  readonly name: string;
  readonly from: Sources<string>;
  readonly initialState?: string | readonly string[];
  /** The earlier node whose weights this one uses. Default: the node has its own weights. */
  readonly shares?: string;
}

export type ArchitectureDescription = ChainDescription | GraphDescription;

/** A layer of a model with its name and its input signals. Signals are numbered: first the inputs, then the outputs of nodes. */
export interface ModelNode {
  /** The node's name; in a chain the layer's index. */
  readonly name: string;
  /** The name in reports: that of the node; in a chain index and kind, `0.lstm`. */
  readonly label: string;
  /** The part of the seed of its dropout masks that tells it from other nodes: its name; in a chain its index, a number. */
  readonly drawnBy: string | number;
  readonly layer: AnyLayer;
  readonly built: BuiltLayer<LayerInputs>;
  /** The numbers of its input signals, in the order in which the layer declares its inputs. */
  readonly from: readonly number[];
  /** The node whose final state is its initial state, or the signals that are the tensors of its initial state. */
  readonly initialState?:
    | { readonly node: string; readonly shared?: SharedState }
    | { readonly signals: readonly number[] };
  /** The name of the node whose weights it uses: its own, unless the same layer was applied before. */
  readonly owner: string;
  /** The number of its output. */
  readonly signal: number;
  /** The numbers of its further outputs, by name. */
  readonly others: Readonly<Record<string, number>>;
}

/** An input of a model. */
export interface ModelInput {
  readonly shape: SignalShape;
  /** For an input of tokens: ids must be smaller than this number. Undefined if no layer limits them. */
  readonly vocabulary?: number;
}

/** An output of a model: the shape and number of its signal. */
export interface ModelOutput {
  readonly shape: SignalShape;
  readonly signal: number;
}

/** The inputs and outputs that make up a model. */
export interface ModelParts {
  readonly inputs: Readonly<Record<string, Node>>;
  readonly outputs: Readonly<Record<string, Node>>;
  /** Set for a chain: layers are named by their index, and each has its own weights. */
  readonly inputShape?: InputShape;
}

/** The connected layers of a model, without weights and without a backend. */
export class Architecture {
  /** The inputs by name; a chain has `input`. */
  readonly inputs: Readonly<Record<string, ModelInput>>;
  /** The nodes in the order in which they run. */
  readonly nodes: readonly ModelNode[];
  /** The outputs by name; a chain has `output`, or `forward` and `backward` if its last layer has merge 'none'. */
  readonly outputs: Readonly<Record<string, ModelOutput>>;
  /** The shape of a chain's input, without the batch; undefined for a graph. */
  readonly inputShape?: InputShape;
  /** The name of each signal in a description. */
  readonly signals: readonly string[];

  /**
   * @throws OptionError for two nodes with the same name, an input that no layer uses, or a node of another graph;
   *   ShapeError if a layer is applied to inputs for which its weights would have different shapes
   */
  constructor({ inputs, outputs, inputShape }: ModelParts) {
    this.inputShape = inputShape;
    const layers = layersOf(Object.values(outputs));
    const names = namesOf(layers, Object.keys(inputs));
    const signals = new Signals(Object.entries(inputs));
    const owners = new Map<AnyLayer, ModelNode>();
    this.nodes = layers.map((applied, i): ModelNode => {
      const { layer, built } = applied;
      const name = names[i];
      const owner = inputShape ? undefined : owners.get(layer);
      const { initialState } = applied;
      const from = applied.from.map((node) => signals.of(name, node));
      const start =
        initialState instanceof NodeState
          ? {
              node: names[layers.indexOf(initialState.layer)],
              shared: initialState.layer.built.sharedState,
            }
          : initialState && { signals: initialState.map((node) => signals.of(name, node)) };
      const label = inputShape ? `${name}.${layer.kind}` : name;
      const drawnBy = inputShape ? i : name;
      const node = {
        name,
        label,
        drawnBy,
        layer,
        built,
        from,
        initialState: start,
        owner: owner?.name ?? name,
        ...signals.add(name, applied),
      };
      if (!owner) owners.set(layer, node);
      return node;
    });
    this.signals = signals.names;
    this.inputs = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }], signal) => [name, this.#input(name, shape, signal)]),
    );
    this.outputs = Object.fromEntries(
      Object.entries(outputs).map(([name, node]) => [
        name,
        { shape: node.shape, signal: signals.of(`the output ${name}`, node) },
      ]),
    );
  }

  /** True for a model made by `sequential`. */
  get isChain(): boolean {
    return this.inputShape !== undefined;
  }

  /** The name of a layer in messages: `layer 1, lstm`; in a graph `node decoder, lstm`. */
  nameOf({ name, layer }: ModelNode): string {
    return `${this.isChain ? `layer ${name}` : `node ${name}`}, ${layer.kind}`;
  }

  /**
   * Every parameter of every layer, by the node's name and the parameter's name in the layer: `0.kernel`. `trainable` is set,
   * false if the parameter or its layer is frozen.
   */
  parameters(): Map<string, Parameter & { readonly trainable: boolean }> {
    const all = new Map<string, Parameter & { readonly trainable: boolean }>();
    for (const { name, owner, layer, built } of this.nodes) {
      if (owner !== name) continue;
      for (const own in built.parameters) {
        const parameter = built.parameters[own];
        const trainable = layer.trainable !== false && parameter.trainable !== false;
        all.set(`${name}.${own}`, { ...parameter, trainable });
      }
    }
    return all;
  }

  /** The buffers: values that are saved but not trained, named like parameters, such as `batchNorm.runningMean`. */
  buffers(): Map<string, Parameter> {
    const all = new Map<string, Parameter>();
    for (const { name, owner, built } of this.nodes)
      if (owner === name) for (const own in built.buffers) all.set(`${name}.${own}`, built.buffers[own]);
    return all;
  }

  #input(name: string, shape: SignalShape, signal: number): ModelInput {
    const users = this.nodes.filter(({ from }) => from.includes(signal));
    const starts = this.nodes.some(
      ({ initialState }) =>
        initialState && 'signals' in initialState && initialState.signals.includes(signal),
    );
    if (users.length === 0 && !starts) throw new OptionError(`graph: no layer uses the input ${show(name)}`);
    const [vocabulary] = users.flatMap(({ layer }) => layer.vocabulary ?? []).sort((a, b) => a - b);
    return { shape, vocabulary };
  }
}

/** Every layer that the outputs depend on, in the order in which they were applied. */
function layersOf(outputs: readonly Node[]): AppliedLayer[] {
  const found = new Set<AppliedLayer>();
  const open = outputs.map(({ layer }) => layer);
  for (let layer = open.pop(); open.length > 0 || layer; layer = open.pop()) {
    if (!layer || found.has(layer)) continue;
    found.add(layer);
    const { from, initialState = [] } = layer;
    // A node of a hostile file may have more inputs than a call takes arguments.
    for (const node of from) open.push(node.layer);
    for (const { layer } of initialState instanceof NodeState ? [initialState] : initialState)
      open.push(layer);
  }
  return [...found].sort((a, b) => a.order - b.order);
}

/** Returns the name of each layer: the one that `apply` sets, or its kind, numbered from the second on. */
function namesOf(layers: readonly AppliedLayer[], inputs: readonly string[]): string[] {
  const taken = new Set(inputs);
  for (const { name } of layers) {
    if (name === undefined) continue;
    if (taken.has(name)) throw new OptionError(`graph: the name ${show(name)} is taken`);
    taken.add(name);
  }
  return layers.map(({ name, layer: { kind } }) => {
    if (name !== undefined) return name;
    let free = kind;
    for (let n = 2; taken.has(free); n++) free = `${kind}${n}`;
    taken.add(free);
    return free;
  });
}

/** Numbers the signals of a model. */
class Signals {
  readonly names: string[];
  readonly #inputs: ReadonlyMap<Node, number>;
  readonly #layers = new Map<AppliedLayer, Pick<ModelNode, 'signal' | 'others'>>();

  constructor(inputs: readonly (readonly [string, Node])[]) {
    this.names = inputs.map(([name]) => name);
    this.#inputs = new Map(inputs.map(([, node], signal) => [node, signal]));
  }

  add(name: string, applied: AppliedLayer): Pick<ModelNode, 'signal' | 'others'> {
    const number = (signal: string) => this.names.push(signal) - 1;
    const signal = number(name);
    const others = Object.keys(applied.built.otherShapes ?? {}).map(
      (other) => [other, number(`${name}.${other}`)] as const,
    );
    const numbers = { signal, others: Object.fromEntries(others) };
    this.#layers.set(applied, numbers);
    return numbers;
  }

  /** @param user what takes the signal, for messages */
  of(user: string, node: Node): number {
    if (!(node instanceof Node)) throw new OptionError(`graph: ${user} must be a node, not ${show(node)}`);
    const { layer, part } = node;
    const numbers = layer && this.#layers.get(layer);
    const signal = part === undefined ? (numbers?.signal ?? this.#inputs.get(node)) : numbers?.others[part];
    if (signal === undefined) throw new OptionError(`graph: ${user} takes an input of another graph`);
    return signal;
  }
}
