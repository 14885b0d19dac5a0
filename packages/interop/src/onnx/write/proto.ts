/* Creates ONNX's messages from plain values. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Dtype, FloatDtype } from '../dtypes.js';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../onnx_pb.js';

/** A number is an INT and a list of numbers INTS; `{ float }` and `{ floats }` are FLOAT and FLOATS. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | TensorProto
  | { readonly floats: readonly number[] }
  | { readonly float: number }
  | { readonly graph: GraphParts };

/** A graph, or the body of a node that has one. */
export interface GraphParts {
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly initializers: readonly TensorProto[];
  readonly nodes: readonly NodeProto[];
}

const codes: Readonly<Record<Exclude<Dtype, Exclude<FloatDtype, 'float32' | 'float64'>>, DataType>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int8: DataType.INT8,
  int16: DataType.INT16,
  int32: DataType.INT32,
  int64: DataType.INT64,
  uint8: DataType.UINT8,
  uint16: DataType.UINT16,
  uint32: DataType.UINT32,
  uint64: DataType.UINT64,
  bool: DataType.BOOL,
};
export type WrittenDtype = keyof typeof codes;

export function attribute(name: string, value: AttributeValue): AttributeProto {
  const text = new TextEncoder();
  const make = (type: AttributeType, content: object) =>
    create(AttributeProtoSchema, { name, type, ...content });
  if (typeof value === 'number') return make(AttributeType.INT, { i: BigInt(value) });
  if (typeof value === 'string') return make(AttributeType.STRING, { s: text.encode(value) });
  if (isList(value)) {
    const strings = value.filter((element) => typeof element === 'string');
    if (strings.length > 0)
      return make(AttributeType.STRINGS, { strings: strings.map((s) => text.encode(s)) });
    return make(AttributeType.INTS, { ints: (value as readonly number[]).map(BigInt) });
  }
  if ('float' in value) return make(AttributeType.FLOAT, { f: value.float });
  if ('graph' in value) return make(AttributeType.GRAPH, { g: graph(value.graph) });
  if ('floats' in value) return make(AttributeType.FLOATS, { floats: [...value.floats] });
  return make(AttributeType.TENSOR, { t: value });
}

/** The domain of onnxruntime's own operators. */
export const microsoft = 'com.microsoft';

/** @param inputs names; empty for an input that is left out */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = '',
): NodeProto {
  return create(NodeProtoSchema, {
    name: outputs.find((name) => name !== '') ?? opType,
    opType,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
}

/** @param data numbers in the range of the type */
export function tensor(
  name: string,
  dtype: WrittenDtype,
  shape: readonly number[],
  data: ArrayLike<number>,
): TensorProto {
  const dims = shape.map(BigInt);
  return create(TensorProtoSchema, { name, dims, dataType: codes[dtype], rawData: rawData(dtype, data) });
}

/** @param shape a string is a named dimension of any size; absent: any shape */
export function port(
  name: string,
  dtype: WrittenDtype,
  shape?: readonly (number | string)[],
): ValueInfoProto {
  const dim = shape?.map((size) => ({
    value:
      typeof size === 'number'
        ? ({ case: 'dimValue', value: BigInt(size) } as const)
        : ({ case: 'dimParam', value: size } as const),
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: codes[dtype], ...(dim && { shape: { dim } }) } },
    },
  });
}

/** The bytes of a model. */
export function encodeModel({ opset, ...parts }: GraphParts & { readonly opset: number }): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      // The oldest IR version with all features that are used here, so that old runtimes can read the file.
      irVersion: 8n,
      producerName: 'recurra',
      opsetImport: [
        { domain: '', version: BigInt(opset) },
        ...(parts.nodes.some(({ domain }) => domain === microsoft)
          ? [{ domain: microsoft, version: 1n }]
          : []),
      ],
      graph: graph(parts),
    }),
  );
}

function graph({ inputs, outputs, initializers, nodes }: GraphParts): GraphProto {
  return create(GraphProtoSchema, {
    name: 'recurra',
    input: [...inputs],
    output: [...outputs],
    initializer: [...initializers],
    node: [...nodes],
  });
}

function rawData(dtype: WrittenDtype, data: ArrayLike<number>): Uint8Array {
  const bytes = { float64: 8, int64: 8, uint64: 8, float32: 4, int32: 4, uint32: 4, int16: 2, uint16: 2 };
  const each = (bytes as Partial<Record<WrittenDtype, number>>)[dtype] ?? 1;
  const raw = new Uint8Array(data.length * each);
  const view = new DataView(raw.buffer);
  for (let i = 0; i < data.length; i++) {
    const at = i * each;
    if (dtype === 'float32') view.setFloat32(at, data[i], true);
    else if (dtype === 'float64') view.setFloat64(at, data[i], true);
    else if (each === 8) view.setBigInt64(at, BigInt(data[i]), true);
    else if (each === 4) view.setInt32(at, data[i], true);
    else if (each === 2) view.setInt16(at, data[i], true);
    else view.setInt8(at, data[i]);
  }
  return raw;
}

function isList(value: AttributeValue): value is readonly number[] | readonly string[] {
  return Array.isArray(value);
}
