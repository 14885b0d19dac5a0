/* The element types of ONNX tensors, in files and on the host. */
import { fromBfloat16, fromFloat16 } from '@recurra/core/files';
import { TensorProto_DataType as DataType } from './onnx_pb.js';

/** The types that are computed on the backend, in its own precision. */
export type FloatDtype = 'float32' | 'float64' | 'float16' | 'bfloat16';
/** The types that are computed on the host, exactly. */
export type ExactDtype =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';
export type Dtype = FloatDtype | ExactDtype;

/** Elements on the host; 64-bit integers are BigInts. A bool is 0 or 1. */
export type HostData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

interface DtypeInfo {
  /** Size of an element in `raw_data`. */
  readonly bytes: number;
  readonly make: (length: number) => HostData;
  /** Element `index` of `raw_data`, little-endian. */
  readonly read: (view: DataView, index: number) => number | bigint;
  /** The field of TensorProto with the elements of a tensor without `raw_data`. */
  readonly field: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data';
}

export const dtypes: Readonly<Record<Dtype, DtypeInfo>> = {
  float32: {
    bytes: 4,
    make: (length) => new Float32Array(length),
    read: (view, i) => view.getFloat32(4 * i, true),
    field: 'floatData',
  },
  float64: {
    bytes: 8,
    make: (length) => new Float64Array(length),
    read: (view, i) => view.getFloat64(8 * i, true),
    field: 'doubleData',
  },
  float16: {
    bytes: 2,
    make: (length) => new Float32Array(length),
    read: (view, i) => fromFloat16(view.getUint16(2 * i, true)),
    field: 'int32Data',
  },
  bfloat16: {
    bytes: 2,
    make: (length) => new Float32Array(length),
    read: (view, i) => fromBfloat16(view.getUint16(2 * i, true)),
    field: 'int32Data',
  },
  int8: {
    bytes: 1,
    make: (length) => new Int8Array(length),
    read: (view, i) => view.getInt8(i),
    field: 'int32Data',
  },
  int16: {
    bytes: 2,
    make: (length) => new Int16Array(length),
    read: (view, i) => view.getInt16(2 * i, true),
    field: 'int32Data',
  },
  int32: {
    bytes: 4,
    make: (length) => new Int32Array(length),
    read: (view, i) => view.getInt32(4 * i, true),
    field: 'int32Data',
  },
  int64: {
    bytes: 8,
    make: (length) => new BigInt64Array(length),
    read: (view, i) => view.getBigInt64(8 * i, true),
    field: 'int64Data',
  },
  uint8: {
    bytes: 1,
    make: (length) => new Uint8Array(length),
    read: (view, i) => view.getUint8(i),
    field: 'int32Data',
  },
  uint16: {
    bytes: 2,
    make: (length) => new Uint16Array(length),
    read: (view, i) => view.getUint16(2 * i, true),
    field: 'int32Data',
  },
  uint32: {
    bytes: 4,
    make: (length) => new Uint32Array(length),
    read: (view, i) => view.getUint32(4 * i, true),
    field: 'uint64Data',
  },
  uint64: {
    bytes: 8,
    make: (length) => new BigUint64Array(length),
    read: (view, i) => view.getBigUint64(8 * i, true),
    field: 'uint64Data',
  },
  bool: {
    bytes: 1,
    make: (length) => new Uint8Array(length),
    read: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
    field: 'int32Data',
  },
};

const names: Readonly<Partial<Record<DataType, Dtype>>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.DOUBLE]: 'float64',
  [DataType.FLOAT16]: 'float16',
  [DataType.BFLOAT16]: 'bfloat16',
  [DataType.INT8]: 'int8',
  [DataType.INT16]: 'int16',
  [DataType.INT32]: 'int32',
  [DataType.INT64]: 'int64',
  [DataType.UINT8]: 'uint8',
  [DataType.UINT16]: 'uint16',
  [DataType.UINT32]: 'uint32',
  [DataType.UINT64]: 'uint64',
  [DataType.BOOL]: 'bool',
};

/** Undefined for types that are not numbers or have less than eight bits. */
export function dtypeOf(code: number): Dtype | undefined {
  return names[code as DataType];
}

/** The name of an element type in messages: `STRING`, or its number. */
export function dtypeName(code: number): string {
  return DataType[code] ?? String(code);
}

export function isFloat(dtype: Dtype): dtype is FloatDtype {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16';
}

export function isInt8(dtype: Dtype): dtype is 'int8' | 'uint8' {
  return dtype === 'int8' || dtype === 'uint8';
}
