/*
 * The safetensors format (https://github.com/huggingface/safetensors#format): eight bytes with the length of the
 * header, a JSON header with the type, shape and offset of each tensor, and then the numbers, little-endian, without
 * gaps or overlaps. Files are untrusted: everything is checked before it is used, and before memory is allocated.
 */
import { isShape, type Shape, sizeOf } from '../contract/tensor.js';
import { type NDArray, toFloats } from '../data/ndarray.js';
import { DataError, FormatError } from '../errors.js';
import { isRecord, show } from '../options.js';
import { fromBfloat16, fromFloat16 } from './half-precision.js';
import { parseJson } from './json.js';

/** The types of numbers that are read: the bytes of an element, and a function that decodes elements. */
export type NumberTypes<Data> = Readonly<
  Record<string, readonly [bytes: number, decode: (buffer: ArrayBuffer) => Data]>
>;

/** Floating point numbers. 16-bit numbers are decoded as float32, which represents them exactly. */
export const floatTypes: NumberTypes<NDArray['data']> = {
  F32: [4, (buffer) => new Float32Array(buffer)],
  F64: [8, (buffer) => new Float64Array(buffer)],
  F16: [2, (buffer) => Float32Array.from(new Uint16Array(buffer), fromFloat16)],
  BF16: [2, (buffer) => Float32Array.from(new Uint16Array(buffer), fromBfloat16)],
};

/** The same limit as in the format's own implementation. */
const maxHeaderBytes = 100_000_000;

/** The contents of a file. */
export interface Safetensors<Data = NDArray['data']> {
  readonly tensors: Record<string, { readonly data: Data; readonly shape: Shape }>;
  /** Arbitrary strings from the writer of the file. */
  readonly metadata: Record<string, string>;
}

/** A tensor of a file. */
export interface StoredTensor {
  /** A Uint16Array has the bits of bfloat16 numbers. */
  readonly data: NDArray['data'] | Int8Array | Uint16Array;
  readonly shape: Shape;
}

/**
 * Encodes tensors as a file, as float32, float64, int8 or bfloat16 depending on their data, in the order of their names.
 * @throws DataError for a tensor that is not { data, shape }, or whose data does not match its shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (!isRecord(tensors))
    throw new DataError(`tensors must be an object of tensors by name, not ${show(tensors)}`);
  if (!isText(metadata)) throw new DataError(`metadata must be an object of strings, not ${show(metadata)}`);
  let offset = 0;
  const entries = Object.keys(tensors)
    .sort()
    .map((name) => {
      const { data, shape } = checkTensor(name, tensors[name]);
      const begin = offset;
      offset += data.byteLength;
      const dtype = typeOf(data);
      return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
    });
  const json = new TextEncoder().encode(
    JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries])),
  );
  // The numbers start at a multiple of eight.
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  for (const [name, { data_offsets }] of entries) {
    const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = tensors[name].data;
    const at = 8 + headerBytes + data_offsets[0];
    file.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    toLittleEndian(file.subarray(at, at + byteLength), BYTES_PER_ELEMENT);
  }
  return file;
}

/** The name of a tensor's type in the header; undefined if it cannot be stored. */
function typeOf(data: unknown): string | undefined {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Int8Array) return 'I8';
  return data instanceof Uint16Array ? 'BF16' : undefined;
}

function checkTensor(name: string, tensor: StoredTensor): StoredTensor {
  const what = `tensor ${show(name)}`;
  if (!isRecord(tensor)) throw new DataError(`${what} must be { data, shape }, not ${show(tensor)}`);
  const { data } = tensor;
  if (!typeOf(data)) {
    throw new DataError(
      `${what}: data must be a Float32Array, Float64Array, Int8Array or Uint16Array, not ${show(data)}`,
    );
  }
  toFloats(tensor, what);
  return tensor;
}

/**
 * Decodes a file of floating point numbers. The numbers are copied.
 * @throws FormatError if the file violates the format, with the actual and the expected value; DataError if the
 *   argument is neither a Uint8Array nor an ArrayBuffer
 */
export function decodeSafetensors(bytes: Uint8Array | ArrayBufferLike): Safetensors {
  return decodeTensors(bytes, floatTypes);
}

/** Decodes a file like {@link decodeSafetensors}, with numbers of these `types`. */
export function decodeTensors<Data>(
  bytes: Uint8Array | ArrayBufferLike,
  types: NumberTypes<Data>,
): Safetensors<Data> {
  const file = bytesOf(bytes);
  const { rest, metadata, start } = readHeader(file);
  const entries = Object.entries(rest).map(([name, entry]) => readEntry(name, entry, types));
  checkOffsets(entries, file.length - start);
  // fromEntries defines own properties, so a tensor named __proto__ does no harm.
  const tensors = Object.fromEntries(
    entries.map(({ name, type: [size, decode], shape, begin, end }) => {
      const numbers = copyOf(file, start + begin, start + end);
      toLittleEndian(numbers, size);
      return [name, { data: decode(numbers.buffer), shape }];
    }),
  );
  return { tensors, metadata };
}

/**
 * Reads the names of a file's tensors, which may have any type, and its metadata.
 * @throws as {@link decodeSafetensors}
 */
export function readSafetensorsHeader(bytes: Uint8Array | ArrayBufferLike): {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
} {
  const { rest, metadata } = readHeader(bytesOf(bytes));
  return { names: Object.keys(rest), metadata };
}

/**
 * Converts the bytes of a file to a Uint8Array: a Uint8Array or Buffer, or an ArrayBuffer as from fetch or a file
 * reader.
 * @throws DataError for any other value
 */
export function bytesOf(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  const isBuffer =
    bytes instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer !== 'undefined' && bytes instanceof SharedArrayBuffer);
  if (isBuffer) return new Uint8Array(bytes);
  throw new DataError(`a file must be a Uint8Array or an ArrayBuffer, not ${show(bytes)}`);
}

/** Copies a range of bytes. The copy is aligned to eight bytes and not shared with other threads. */
function copyOf(file: Uint8Array, begin: number, end: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(end - begin);
  copy.set(file.subarray(begin, end));
  return copy;
}

interface Entry<Data> {
  readonly name: string;
  readonly type: NumberTypes<Data>[string];
  readonly shape: readonly number[];
  /** The offset in bytes from the first number. */
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly metadata: Record<string, string>;
  /** The header entries of the tensors. */
  readonly rest: Record<string, unknown>;
  /** The offset of the first number in the file. */
  readonly start: number;
}

function readHeader(file: Uint8Array): Header {
  if (file.length < 8)
    throw new FormatError(`a safetensors file has at least 8 bytes, but this file has ${file.length}`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeaderBytes, file.length - 8))) {
    throw new FormatError(
      `the header length is ${length} bytes, but the file has ${file.length - 8} and the limit is ${maxHeaderBytes}`,
    );
  }
  const start = 8 + Number(length);
  const header = parseJson(`the header of ${length} bytes`, decodeText(copyOf(file, 8, start)));
  if (!isRecord(header)) throw new FormatError(`the header must be a JSON object, not ${show(header)}`);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isText(metadata)) {
    throw new FormatError('__metadata__ in the header must be an object of strings');
  }
  return { metadata, rest, start };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`the header of ${bytes.length} bytes is not UTF-8`, { cause });
  }
}

function readEntry<Data>(name: string, entry: unknown, types: NumberTypes<Data>): Entry<Data> {
  const fail = (problem: string): never => {
    throw new FormatError(`tensor ${show(name)}: ${problem}`);
  };
  if (!isRecord(entry)) return fail(`must be an object in the header, not ${show(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(types, dtype)) {
    return fail(`dtype must be ${Object.keys(types).join(', ')}, not ${show(dtype)}`);
  }
  const type = types[dtype];
  if (!isShape(shape)) return fail(`shape must be a list of whole numbers, not ${show(shape)}`);
  if (!isShape(offsets) || offsets.length !== 2) {
    return fail(`data_offsets must be two whole numbers, not ${show(offsets)}`);
  }
  const [begin, end] = offsets;
  // The product is exact up to 2^53; larger sizes cannot fit anyway.
  const bytes = type[0] * sizeOf(shape);
  if (end - begin !== bytes) {
    fail(
      `${dtype} of shape ${show(shape)} takes ${bytes} bytes, but data_offsets [${offsets}] hold ${end - begin}`,
    );
  }
  return { name, type, shape, begin, end };
}

/** Checks that each tensor begins where the previous one ends, and that the last one ends at the end of the file. */
function checkOffsets(entries: Entry<unknown>[], available: number): void {
  let expected = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      const problem = begin < expected ? 'overlaps another tensor' : 'leaves a gap';
      throw new FormatError(`tensor ${show(name)} ${problem}: it begins at byte ${begin}, not ${expected}`);
    }
    if (end > available) {
      throw new FormatError(
        `tensor ${show(name)} ends at byte ${end}, but the file has ${available} bytes of numbers`,
      );
    }
    expected = end;
  }
  if (expected !== available) {
    throw new FormatError(
      `the tensors take ${expected} bytes, but the file has ${available} bytes of numbers`,
    );
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of each number, in place, on a big-endian machine. */
function toLittleEndian(bytes: Uint8Array, size: number): void {
  if (isLittleEndian) return;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function isText(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}
