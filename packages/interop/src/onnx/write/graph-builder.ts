import type { NodeProto, TensorProto } from '../onnx_pb.js';
import { type AttributeValue, node, tensor } from './proto.js';
import type { WrittenWeight } from './weight.js';

/** Builds a graph: nodes in order, constants, and unique names. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[];
  /** The prefix of new names. */
  prefix = '';
  /** The prefix of weights: nodes that share theirs have the same. */
  weightPrefix = '';
  /** Nodes that a body needs from the graph around it are added there. */
  readonly #root: GraphBuilder;
  readonly #names: Map<string, number>;
  readonly #constants: Map<string, string>;
  readonly #weights: Map<string, string>;
  readonly #expanded: Map<string, string>;

  /** @param outer the graph that contains this body: it gets the body's constants, and its names are not used again */
  constructor(outer?: GraphBuilder) {
    this.#root = outer ? outer.#root : this;
    this.initializers = outer?.initializers ?? [];
    this.#names = outer ? outer.#names : new Map();
    this.#constants = outer ? outer.#constants : new Map();
    this.#weights = outer ? outer.#weights : new Map();
    this.#expanded = outer ? outer.#expanded : new Map();
    this.prefix = outer?.prefix ?? '';
    this.weightPrefix = outer?.weightPrefix ?? '';
  }

  /** The body of a node. It can use all names that are defined so far. */
  body(): GraphBuilder {
    return new GraphBuilder(this);
  }

  /** Adds a node with one output, and returns the name of the output. */
  add(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    return this.addMany(type, inputs, 1, attributes)[0];
  }

  /** Adds a node with several outputs, and returns their names. */
  addMany(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain?: string,
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.name(type));
    this.nodes.push(node(type, inputs, names, attributes, domain));
    return names;
  }

  /** Defines the name `to` as the value of `from`. */
  rename(from: string, to: string): void {
    this.nodes.push(node('Identity', [from], [to]));
  }

  /**
   * Adds weights, and returns the name of the floats: int8 weights with a node that expands them. The same weights of a layer
   * that is used again are there already, and are not written twice.
   */
  weight(name: string, { data, shape, int8 }: WrittenWeight): string {
    if (!int8) return this.initializer(name, 'float32', shape, data);
    const known = this.#expanded.get(this.weightPrefix + name);
    if (known !== undefined) return known;
    const expanded = this.#unique(`${this.weightPrefix}${name}.expanded`);
    const weight = this.initializer(name, 'int8', int8.shape, int8.data);
    const scale = this.initializer(`${name}.scale`, 'float32', [int8.scales.length], int8.scales);
    this.#root.nodes.push(node('DequantizeLinear', [weight, scale], [expanded], { axis: int8.axis }));
    this.#expanded.set(this.weightPrefix + name, expanded);
    return expanded;
  }

  /** Adds a tensor of weights as it is; the same one of a layer that is used again is there already. */
  initializer(
    name: string,
    dtype: 'float32' | 'int8' | 'uint8',
    shape: readonly number[],
    data: ArrayLike<number>,
  ): string {
    const key = this.weightPrefix + name;
    const known = this.#weights.get(key);
    if (known !== undefined) return known;
    const own = this.#unique(key);
    this.#weights.set(key, own);
    this.initializers.push(tensor(own, dtype, shape, data));
    return own;
  }

  /** Adds a constant, which is shared if it is added again. */
  constant(dtype: 'float32' | 'int64', shape: readonly number[], data: readonly number[]): string {
    const key = `${dtype}[${shape}] ${data}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant/${this.#constants.size}`;
    this.#constants.set(key, name);
    this.initializers.push(tensor(name, dtype, shape, data));
    return name;
  }

  /** A floating-point constant [1]. */
  float(value: number): string {
    return this.constant('float32', [1], [value]);
  }

  /** A constant vector of int64. */
  ints(...values: number[]): string {
    return this.constant('int64', [values.length], values);
  }

  name(kind: string): string {
    return this.#unique(this.prefix + kind);
  }

  #unique(name: string): string {
    const taken = this.#names.get(name) ?? 0;
    this.#names.set(name, taken + 1);
    return taken === 0 ? name : `${name}_${taken}`;
  }
}
