import type { Parameter } from '../cells/cell.js';
import { OptionError, ShapeError } from '../errors.js';
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

/** What a model file keeps of a model of one layer after another. */
export interface ChainDescription {
  readonly inputShape: InputShape;
  readonly layers: readonly LayerDescription[];
}

/**
 * What a model file keeps of a graph. A signal is named by the input or the node that it comes from (`encoder`); a node's
 * other output is `encoder.backward`, its state `encoder.state`.
 */
export interface GraphDescription {
  readonly inputs: Readonly<Record<string, SignalShape>>;
  /** In the order in which they run. */
  readonly nodes: readonly NodeDescription[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** A node, as a model file describes it. */
export interface NodeDescription extends LayerDescription {
  readonly name: string;
  readonly from: Sources<string>;
  readonly initialState?: string | readonly string[];
  /** The earlier node whose weights this one uses. */
  readonly shares?: string;
}

export type ArchitectureDescription = ChainDescription | GraphDescription;

/** A layer of a model: how it is named, and which signals it takes. Signals are numbered: inputs first, then nodes. */
export interface ModelNode {
  /** In a chain its index. */
  readonly name: string;
  /** As reports name it: in a chain with its kind, `0.lstm`. */
  readonly label: string;
  /** What its dropout masks are drawn by: its name; in a chain its index, a number. */
  readonly drawnBy: string | number;
  readonly layer: AnyLayer;
  readonly built: BuiltLayer<LayerInputs>;
  /** The signals that it takes, in the layer's order. */
  readonly from: readonly number[];
  /** The node whose final state it starts from, or the signals that are the tensors of its state. */
  readonly initialState?:
    | { readonly node: string; readonly shared?: SharedState }
    | { readonly signals: readonly number[] };
  /** The node whose weights it uses; itself, unless the layer was applied before. */
  readonly owner: string;
  /** Its output's number, and those of its other outputs by name. */
  readonly signal: number;
  readonly others: Readonly<Record<string, number>>;
}

/** An input of a model. */
export interface ModelInput {
  readonly shape: SignalShape;
  /** How many different token ids there are, for an input of tokens. */
  readonly vocabulary?: number;
}

/** An output of a model: its shape, and the number of its signal. */
export interface ModelOutput {
  readonly shape: SignalShape;
  readonly signal: number;
}

/** What a model is made of. */
export interface ModelParts {
  readonly inputs: Readonly<Record<string, Node>>;
  readonly outputs: Readonly<Record<string, Node>>;
  /** Of a chain: layers are named by their index, and each has weights of its own. */
  readonly inputShape?: InputShape;
}

/** Layers put together: a description, without weights, that is on no backend. */
export class Architecture {
  /** By name; `input` in a chain. */
  readonly inputs: Readonly<Record<string, ModelInput>>;
  /** In the order in which they run. */
  readonly nodes: readonly ModelNode[];
  /** By name; in a chain `output`, or `forward` and `backward`. */
  readonly outputs: Readonly<Record<string, ModelOutput>>;
  /** Of a chain; undefined for a graph. */
  readonly inputShape?: InputShape;
  /** What each signal is called in a description. */
  readonly signals: readonly string[];

  /**
   * @throws OptionError for a name that is taken, an input that no layer uses, or a node of another graph; ShapeError where
   *   a layer cannot share its weights
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
      if (owner) this.#checkShared(node, owner);
      else owners.set(layer, node);
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

  /** The only input and the only output of a chain. */
  get isChain(): boolean {
    return this.inputShape !== undefined;
  }

  /** A layer in words, as messages name it: `layer 1, lstm`; in a graph `decoder, lstm`. */
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

  /** The values that are kept but not trained, named like parameters: `batchNorm.mean`. */
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

  #checkShared(node: ModelNode, { built }: ModelNode): void {
    for (const [name, { shape }] of Object.entries(node.built.parameters)) {
      const other = built.parameters[name].shape;
      if (String(other) === String(shape)) continue;
      throw new ShapeError(
        `${this.nameOf(node)}, shares the weights of ${node.owner}, whose ${name} is [${other}], and needs [${shape}]`,
      );
    }
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

/** The name of each layer: the one that it was given, or its kind, numbered from the second on. */
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
