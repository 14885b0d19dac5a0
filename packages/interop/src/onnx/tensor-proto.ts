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
 * The numbers of a tensor. Nothing is allocated before the bytes for it are known to be there.
 * @param external the bytes of the tensor's own file, where it has one
 * @throws FormatError for sizes that do not agree; UnsupportedError for elements that are not numbers
 */
export function readTensor(tensor: TensorProto, what: string, external?: Uint8Array): HostArray {
  const dtype = dtypeOf(tensor.dataType);
  if (!dtype) throw new UnsupportedError(`${what} has elements of type ${dtypeName(tensor.dataType)}`);
  const shape = readDims(tensor.dims, what);
  const size = sizeOf(shape);
  if (tensor.segment) throw new UnsupportedError(`${what} is one segment of a tensor`);
  const { bytes, field, make, read } = dtypes[dtype];
  const raw = external ?? tensor.rawData;
  if (external || raw.length > 0) {
    if (raw.length !== size * bytes) {
      throw new FormatError(
        `${what}: ${dtype} of shape [${shape}] takes ${size * bytes} bytes, and there are ${raw.length}`,
      );
    }
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const data = make(size);
    for (let i = 0; i < size; i++) data[i] = read(view, i);
    return { dtype, shape, data };
  }
  const listed: ArrayLike<number | bigint> = tensor[field];
  if (listed.length !== size) {
    throw new FormatError(
      `${what}: the shape [${shape}] has ${size} elements, and there are ${listed.length}`,
    );
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

/** NumPy has no more either. */
const mostDimensions = 64;

/** @throws FormatError for a negative size, or a product past 2⁵³ */
function readDims(dims: readonly bigint[], what: string): number[] {
  if (dims.length > mostDimensions) {
    throw new UnsupportedError(`${what} has ${dims.length} dimensions, and ${mostDimensions} are the most`);
  }
  const shape = dims.map(Number);
  if (
    !shape.every((size) => Number.isSafeInteger(size) && size >= 0) ||
    !Number.isSafeInteger(sizeOf(shape))
  ) {
    throw new FormatError(`${what} has the impossible shape [${dims.slice(0, 20)}]`);
  }
  // An array without elements costs no bytes, however large its other dimensions: they are walked over, though.
  if (sizeOf(shape) === 0 && sizeOf(shape.map((size) => Math.max(1, size))) > 2 ** 20) {
    throw new UnsupportedError(`${what} has no element, and the shape [${shape.slice(0, 20)}]`);
  }
  return shape;
}

/** Where a tensor's numbers are in another file; undefined where they are in this one. */
export function externalPlace(
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
  if (location === undefined) throw new FormatError(`${what} is in another file, and does not say which`);
  return { location, offset: number('offset') ?? 0, length: number('length') };
}
