import { FormatError, type Tensor, UnsupportedError } from '@recurra/core';
import { wholeNumber } from '../attributes.js';
import { type FloatDtype, isFloat } from '../dtypes.js';
import type { GraphNode } from '../graph.js';
import { type GraphTape, isBig, type Value } from '../value.js';

/** One of ONNX's operators. */
export interface Operator {
  /** The attributes it knows, over all versions. A node with another is refused. */
  readonly attributes?: readonly string[];
  /** Why this node cannot be run, though its operator is known. */
  refuses?(node: GraphNode): string | undefined;
  /** The node's outputs, in order. */
  run(call: Call): readonly Value[] | Promise<readonly Value[]>;
}

/** One run of a node. */
export class Call {
  readonly node: GraphNode;
  readonly opset: number;
  readonly tape: GraphTape;
  readonly inputs: readonly (Value | undefined)[];
  readonly #prepared: Prepared;

  constructor(
    node: GraphNode,
    opset: number,
    tape: GraphTape,
    inputs: readonly (Value | undefined)[],
    prepared: Prepared,
  ) {
    this.node = node;
    this.opset = opset;
    this.tape = tape;
    this.inputs = inputs;
    this.#prepared = prepared;
  }

  /** @throws FormatError where it is left out */
  input(index: number): Value {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  /** The type of an input of floating-point numbers. @throws UnsupportedError for other numbers */
  floatType(index: number): FloatDtype {
    const { dtype } = this.input(index);
    if (isFloat(dtype)) return dtype;
    throw new UnsupportedError(
      `${this.node.label}: input ${index} is ${dtype}, and it computes with floating-point numbers only`,
    );
  }

  /**
   * The type that all inputs have.
   * @throws FormatError where they are of different types; UnsupportedError for other than floating-point numbers
   */
  commonFloatType(): FloatDtype {
    const types = this.inputs.flatMap((value) => (value ? [value.dtype] : []));
    if (types.some((dtype) => dtype !== types[0]))
      this.fail(`its inputs are ${types.join(' and ')}, not of one type`);
    return this.floatType(0);
  }

  /** An input of floating-point numbers, on the backend. @throws UnsupportedError for other numbers, and past rank 4 */
  float(index: number): Tensor {
    const value = this.input(index);
    this.floatType(index);
    if (value.shape.length > 4) {
      throw new UnsupportedError(
        `${this.node.label}: it computes in up to four dimensions, not with [${value.shape}]`,
      );
    }
    return value.tensor();
  }

  /** The whole numbers of a small input; undefined where it is left out. */
  async ints(index: number): Promise<number[] | undefined> {
    const value = this.inputs[index];
    if (!value) return undefined;
    if (value.shape.length > 1) this.fail(`input ${index} must be a vector, not [${value.shape}]`);
    if (isFloat(value.dtype)) this.fail(`input ${index} must be of whole numbers, not ${value.dtype}`);
    const data = await value.data();
    return isBig(data) ? Array.from(data, wholeNumber) : Array.from(data);
  }

  /** What `make` makes of the inputs of these indices: once for all runs where they are constants of the model. */
  prepare<T>(indices: readonly number[], make: (tape: GraphTape) => Promise<T>): Promise<T> {
    const inputs = indices.map((index) => this.inputs[index]);
    return this.#prepared.of(this.node, inputs, this.tape, make);
  }

  /** An axis of `rank`, counted from the end where negative. @throws FormatError for one that is not there */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (counted >= 0 && counted < rank) return counted;
    return this.fail(`axis ${axis} does not exist in ${rank} dimensions`);
  }

  fail(problem: string): never {
    throw new FormatError(`${this.node.label}: ${problem}`);
  }
}

/** What nodes made of their constant weights, kept with the model. */
export class Prepared {
  readonly tape: GraphTape;
  readonly #kept = new Map<GraphNode, unknown>();

  constructor(tape: GraphTape) {
    this.tape = tape;
  }

  of<T>(
    node: GraphNode,
    inputs: readonly (Value | undefined)[],
    tape: GraphTape,
    make: (tape: GraphTape) => Promise<T>,
  ): Promise<T> {
    if (!inputs.every((value) => value === undefined || value.tape === this.tape)) return make(tape);
    if (!this.#kept.has(node)) this.#kept.set(node, make(this.tape));
    return this.#kept.get(node) as Promise<T>;
  }
}
