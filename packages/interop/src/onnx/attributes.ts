import { FormatError } from '@recurra/core';
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type TensorProto,
} from './onnx_pb.js';

/** The attributes of a node, each read with the type in the specification. */
export class Attributes {
  readonly #node: string;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(node: string, attributes: readonly AttributeProto[]) {
    this.#node = node;
    this.#attributes = new Map(attributes.map((attribute) => [attribute.name, attribute]));
    if (this.#attributes.size < attributes.length)
      throw new FormatError(`${node} has the same attribute twice`);
  }

  get names(): string[] {
    return [...this.#attributes.keys()];
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string): number | undefined;
  int(name: string, absent: number): number;
  int(name: string, absent?: number): number | undefined {
    const value = this.#typed(name, AttributeType.INT)?.i;
    return value === undefined ? absent : wholeNumber(value);
  }

  ints(name: string): number[] | undefined {
    return this.#typed(name, AttributeType.INTS)?.ints.map(wholeNumber);
  }

  float(name: string): number | undefined;
  float(name: string, absent: number): number;
  float(name: string, absent?: number): number | undefined {
    return this.#typed(name, AttributeType.FLOAT)?.f ?? absent;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#typed(name, AttributeType.FLOATS)?.floats;
  }

  string(name: string, absent: string): string {
    const bytes = this.#typed(name, AttributeType.STRING)?.s;
    return bytes === undefined ? absent : decodeText(bytes);
  }

  strings(name: string): string[] | undefined {
    return this.#typed(name, AttributeType.STRINGS)?.strings.map(decodeText);
  }

  tensor(name: string): TensorProto | undefined {
    const attribute = this.#typed(name, AttributeType.TENSOR);
    if (attribute && !attribute.t) throw new FormatError(`${this.#node}: ${name} has no tensor`);
    return attribute?.t;
  }

  #typed(name: string, type: AttributeType): AttributeProto | undefined {
    const attribute = this.#attributes.get(name);
    if (attribute && attribute.type !== type) {
      const actual = AttributeType[attribute.type] ?? attribute.type;
      throw new FormatError(`${this.#node}: ${name} must be ${AttributeType[type]}, not ${actual}`);
    }
    return attribute;
  }
}

/** A BigInt as a number, limited to ±2⁵³: larger indices are out of range anyway. */
export function wholeNumber(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  return value < Number.MIN_SAFE_INTEGER ? Number.MIN_SAFE_INTEGER : Number(value);
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
