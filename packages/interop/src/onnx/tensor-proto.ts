import { FormatError, type Shape, UnsupportedError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { fromBfloat16, fromFloat16 } from '@recurra/core/files';
import { type Dtype, dtypeName, dtypeOf, dtypes, type HostData } from './dtypes.js';
import { type TensorProto, TensorProto_DataLocation } from './onnx_pb.js';

/** An array on the host. */
export interface HostArray {
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly data: HostData;
}

/**
 * The elements of a tensor. Memory is allocated only after the number of bytes has been checked.
 * @param external the bytes of a tensor in a separate file
 * @throws FormatError for sizes that do not match; UnsupportedError for elements that are not numbers
 */
export function readTensor(tensor: TensorProto, what: string, external?: Uint8Array): HostArray {
  const dtype = dtypeOf(tensor.dataType);
  if (!dtype) throw new UnsupportedError(`${what} has elements of type ${dtypeName(tensor.dataType)}`);
  const shape = readDims(tensor.dims, what);
  const size = sizeOf(shape);
  if (tensor.segment) throw new UnsupportedError(`${what} is a segment of a tensor`);
  const { bytes, field, make, read } = dtypes[dtype];
  const raw = external ?? tensor.rawData;
  if (external || raw.length > 0) {
    if (raw.length !== size * bytes) {
      throw new FormatError(
        `${what}: ${dtype} of shape [${shape}] needs ${size * bytes} bytes, not ${raw.length}`,
      );
    }
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const data = make(size);
    for (let i = 0; i < size; i++) data[i] = read(view, i);
    return { dtype, shape, data };
  }
  const listed: ArrayLike<number | bigint> = tensor[field];
  if (listed.length !== size) {
    throw new FormatError(`${what}: the shape [${shape}] needs ${size} elements, not ${listed.length}`);
  }
  const data = make(size);
  const decode = { float16: fromFloat16, bfloat16: fromBfloat16 }[dtype as string];
  const convert = (value: number | bigint): number | bigint => {
    if (decode) return decode(Number(value) & 0xffff);
    if (typeof data[0] === 'bigint') return value;
    return dtype === 'bool' ? Number(value !== 0) : Number(value);
  };
  for (let i = 0; i < size; i++) data[i] = convert(listed[i]);
  return { dtype, shape, data };
}

/** The limit of NumPy too. */
const maxDimensions = 64;

/** @throws FormatError for a negative size, or a product above 2⁵³ */
function readDims(dims: readonly bigint[], what: string): number[] {
  if (dims.length > maxDimensions) {
    throw new UnsupportedError(`${what} has ${dims.length} dimensions; the limit is ${maxDimensions}`);
  }
  const shape = dims.map(Number);
  if (
    !shape.every((size) => Number.isSafeInteger(size) && size >= 0) ||
    !Number.isSafeInteger(sizeOf(shape))
  ) {
    throw new FormatError(`${what} has the invalid shape [${dims.slice(0, 20)}]`);
  }
  // An array without elements needs no bytes, but loops still run over its other dimensions.
  if (sizeOf(shape) === 0 && sizeOf(shape.map((size) => Math.max(1, size))) > 2 ** 20) {
    throw new UnsupportedError(`${what} has no elements and too large a shape, [${shape.slice(0, 20)}]`);
  }
  return shape;
}

/** The location of a tensor's elements in another file; undefined if they are in this file. */
export function externalLocation(
  tensor: TensorProto,
  what: string,
): { location: string; offset: number; length: number | undefined } | undefined {
  if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) return undefined;
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const number = (key: string) => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw new FormatError(
      `${what}: the external ${key} must be a whole number, not ${JSON.stringify(text.slice(0, 40))}`,
    );
  };
  const location = entries.get('location');
  if (location === undefined) throw new FormatError(`${what} is in another file, but has no location`);
  return { location, offset: number('offset') ?? 0, length: number('length') };
}
