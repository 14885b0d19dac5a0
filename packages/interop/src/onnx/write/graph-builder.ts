import type { NDArray } from '@recurra/core';
import type { NodeProto, TensorProto } from '../onnx_pb.js';
import { type AttributeValue, node, tensor } from './proto.js';

/** A graph as it is written: nodes in order, constants, and names that are not taken. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[];
  /** What new names begin with. */
  prefix = '';
  readonly #names: Map<string, number>;
  readonly #constants: Map<string, string>;

  /** @param outer the graph around the body that this builds: constants go there, and names differ from its own */
  constructor(outer?: GraphBuilder) {
    this.initializers = outer?.initializers ?? [];
    this.#names = outer ? outer.#names : new Map();
    this.#constants = outer ? outer.#constants : new Map();
    this.prefix = outer?.prefix ?? '';
  }

  /** A body of a node, which sees everything that was made so far. */
  body(): GraphBuilder {
    return new GraphBuilder(this);
  }

  /** A node with one output, whose name is returned. */
  add(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    return this.addMany(type, inputs, 1, attributes)[0];
  }

  /** A node with several outputs. */
  addMany(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.name(type));
    this.nodes.push(node(type, inputs, names, attributes));
    return names;
  }

  /** Gives what is called `from` a name of the graph's own. */
  rename(from: string, to: string): void {
    this.nodes.push(node('Identity', [from], [to]));
  }

  /** Weights, by a name of their own. */
  weight(name: string, { data, shape }: NDArray): string {
    const own = this.name(name);
    this.initializers.push(tensor(own, 'float32', shape, data));
    return own;
  }

  /** Numbers that many nodes may share. */
  constant(dtype: 'float32' | 'int64', shape: readonly number[], data: readonly number[]): string {
    const key = `${dtype}[${shape}] ${data}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant/${this.#constants.size}`;
    this.#constants.set(key, name);
    this.initializers.push(tensor(name, dtype, shape, data));
    return name;
  }

  /** One floating-point number, as [1]. */
  float(value: number): string {
    return this.constant('float32', [1], [value]);
  }

  /** A vector of int64. */
  ints(...values: number[]): string {
    return this.constant('int64', [values.length], values);
  }

  name(kind: string): string {
    const wanted = `${this.prefix}${kind}`;
    const taken = this.#names.get(wanted) ?? 0;
    this.#names.set(wanted, taken + 1);
    return taken === 0 ? wanted : `${wanted}_${taken}`;
  }
}
