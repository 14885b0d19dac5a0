import { FormatError, type Tensor, UnsupportedError } from '@recurra/core';
import { type Attributes, wholeNumber } from '../attributes.js';
import { type FloatDtype, isFloat } from '../dtypes.js';
import type { GraphNode } from '../graph.js';
import { type GraphTape, isBig, type Value } from '../value.js';

/** One of ONNX's operators. */
export interface Operator {
  /** The attributes that it supports, of all versions. A node with any other attribute is rejected. */
  readonly attributes?: readonly string[];
  /** True for a recurrent operator. It caches its weights itself, so it is not computed before the first run. */
  readonly recurrent?: true;
  /** The reason why this node is not supported; undefined if it is. */
  unsupported?(node: GraphNode): string | undefined;
  /** Computes the outputs of a node, in order; undefined for an output that the node leaves out. */
  run(call: Call): Outputs | Promise<Outputs>;
}

export type Outputs = readonly (Value | undefined)[];

/** One evaluation of a node: its inputs and attributes, and the tape for its outputs. */
export class Call {
  readonly node: GraphNode;
  readonly attributes: Attributes;
  /** For messages: `node "rnn_1" (LSTM)`. */
  readonly label: string;
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
    this.attributes = node.attributes;
    this.label = node.label;
    this.opset = opset;
    this.tape = tape;
    this.inputs = inputs;
    this.#prepared = prepared;
  }

  /** @throws FormatError if the input is left out */
  input(index: number): Value {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  /** The type of a floating-point input. @throws UnsupportedError for other types */
  floatType(index: number): FloatDtype {
    const { dtype } = this.input(index);
    if (isFloat(dtype)) return dtype;
    throw new UnsupportedError(
      `${this.label}: input ${index} is ${dtype}; only floating-point numbers are supported here`,
    );
  }

  /**
   * The type of all inputs.
   * @throws FormatError if they have different types; UnsupportedError for types that are not floating-point
   */
  commonFloatType(): FloatDtype {
    const types = this.inputs.flatMap((value) => (value ? [value.dtype] : []));
    if (types.some((dtype) => dtype !== types[0]))
      this.fail(`the inputs must have the same type, not ${types.join(' and ')}`);
    return this.floatType(0);
  }

  /** A floating-point input, on the backend. @throws UnsupportedError for other types, and above rank 4 */
  float(index: number): Tensor {
    const value = this.input(index);
    this.floatType(index);
    if (value.shape.length > 4) {
      throw new UnsupportedError(
        `${this.label}: arithmetic is supported up to rank 4, not for the shape [${value.shape}]`,
      );
    }
    return value.tensor();
  }

  /** The elements of a small integer input; undefined if it is left out. */
  async ints(index: number): Promise<number[] | undefined> {
    const value = this.inputs[index];
    if (!value) return undefined;
    if (value.shape.length > 1) this.fail(`input ${index} must be a vector, not [${value.shape}]`);
    if (isFloat(value.dtype)) this.fail(`input ${index} must have integers, not ${value.dtype}`);
    const data = await value.data();
    return isBig(data) ? Array.from(data, wholeNumber) : Array.from(data);
  }

  /**
   * The result of `make` for the inputs at these indices, computed once for all runs if they are constants of
   * the model.
   */
  prepare<T>(indices: readonly number[], make: (tape: GraphTape) => Promise<T>): Promise<T> {
    const inputs = indices.map((index) => this.inputs[index]);
    return this.#prepared.of(this.node, inputs, this.tape, make);
  }

  /** An axis of an array of rank `rank`; negative axes count from the end. @throws FormatError for an axis out of range */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (counted >= 0 && counted < rank) return counted;
    return this.fail(`axis ${axis} does not exist in ${rank} dimensions`);
  }

  fail(problem: string): never {
    throw new FormatError(`${this.label}: ${problem}`);
  }
}

/** The results of nodes with constant inputs, cached for all runs of the model. */
export class Prepared {
  /** Owns the model's constants. */
  readonly tape: GraphTape;
  readonly #byNode = new Map<GraphNode, unknown>();

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
    if (!this.#byNode.has(node)) this.#byNode.set(node, make(this.tape));
    return this.#byNode.get(node) as Promise<T>;
  }
}
