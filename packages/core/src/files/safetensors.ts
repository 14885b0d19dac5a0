/*
 * The safetensors format (https://github.com/huggingface/safetensors#format): eight bytes with the length of the header,
 * a header in JSON, which says of each tensor its type, shape and place, and then the numbers, little-endian, without
 * gap or overlap. A file may come from anywhere: nothing in it is believed, and nothing allocated, before it is checked.
 */
import type { NDArray } from '../data/ndarray.js';
import { FormatError } from '../errors.js';
import { isRecord, show } from '../options.js';

const types = { F32: Float32Array, F64: Float64Array };

/** As in the format's own implementation. */
const maxHeaderBytes = 100_000_000;

/** What a file holds. */
export interface Safetensors {
  readonly tensors: Record<string, NDArray>;
  /** Whatever the writer wanted to say. */
  readonly metadata: Record<string, string>;
}

/** A file of `tensors`, float32 or float64 as they are, in the order of their names. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, NDArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0;
  const entries = Object.keys(tensors)
    .sort()
    .map((name) => {
      const { data, shape } = tensors[name];
      const begin = offset;
      offset += data.byteLength;
      const dtype = data instanceof Float32Array ? 'F32' : 'F64';
      return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
    });
  const json = new TextEncoder().encode(
    JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries])),
  );
  // The numbers begin at a multiple of eight.
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  for (const [name, { data_offsets }] of entries) {
    writeNumbers(view, 8 + headerBytes + data_offsets[0], tensors[name].data);
  }
  return file;
}

/**
 * The contents of a file.
 * @throws FormatError where anything in it is not as the format wants, saying what was found and what was expected
 */
export function decodeSafetensors(file: Uint8Array): Safetensors {
  const { header, start } = readHeader(file);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new FormatError('__metadata__ in the header must be an object of strings');
  }
  const entries = Object.entries(rest).map(([name, entry]) => readEntry(name, entry));
  checkPlaces(entries, file.length - start);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // fromEntries defines properties, so that a tensor named __proto__ is only a tensor.
  const tensors = Object.fromEntries(
    entries.map(({ name, dtype, shape, begin, end }) => {
      const data = readNumbers(
        view,
        start + begin,
        new types[dtype]((end - begin) / types[dtype].BYTES_PER_ELEMENT),
      );
      return [name, { data, shape }];
    }),
  );
  return { tensors, metadata: metadata as Record<string, string> };
}

interface Entry {
  readonly name: string;
  readonly dtype: keyof typeof types;
  readonly shape: readonly number[];
  /** In bytes from the first number. */
  readonly begin: number;
  readonly end: number;
}

function readHeader(file: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (file.length < 8)
    throw new FormatError(`a safetensors file has at least 8 bytes, and this has ${file.length}`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeaderBytes, file.length - 8))) {
    throw new FormatError(
      `the header is said to have ${length} bytes, of ${file.length - 8} in the file and at most ${maxHeaderBytes}`,
    );
  }
  const start = 8 + Number(length);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, start));
    const header: unknown = JSON.parse(text);
    if (isRecord(header)) return { header, start };
  } catch (error) {
    throw new FormatError(`the header of ${length} bytes is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw new FormatError('the header is not a JSON object');
}

function readEntry(name: string, entry: unknown): Entry {
  const fail = (problem: string): never => {
    throw new FormatError(`tensor ${show(name)}: ${problem}`);
  };
  if (!isRecord(entry)) return fail(`must be an object in the header, not ${show(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F32' && dtype !== 'F64') return fail(`dtype must be F32 or F64, not ${show(dtype)}`);
  if (!isWholeNumbers(shape)) return fail(`shape must be a list of whole numbers, not ${show(shape)}`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2) {
    return fail(`data_offsets must be two whole numbers, not ${show(offsets)}`);
  }
  const [begin, end] = offsets;
  // Exact up to 2^53, and past that too large in any case.
  const bytes = shape.reduce((size, dimension) => size * dimension, types[dtype].BYTES_PER_ELEMENT);
  if (end - begin !== bytes) {
    fail(
      `${dtype} of shape [${shape}] takes ${bytes} bytes, and data_offsets [${offsets}] hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Each tensor must begin where the last ends, and the last end with the file. */
function checkPlaces(entries: Entry[], available: number): void {
  let expected = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      const problem = begin < expected ? 'overlaps another tensor' : 'leaves a hole';
      throw new FormatError(`tensor ${show(name)} ${problem}: it begins at byte ${begin}, not ${expected}`);
    }
    if (end > available) {
      throw new FormatError(
        `tensor ${show(name)} ends at byte ${end}, and the file has ${available} bytes of numbers`,
      );
    }
    expected = end;
  }
  if (expected !== available) {
    throw new FormatError(
      `the tensors take ${expected} bytes, and the file has ${available} bytes of numbers`,
    );
  }
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

/** Number by number: the file may begin at an odd byte, and the machine may store numbers the other way round. */
function writeNumbers(view: DataView, at: number, data: NDArray['data']): void {
  const set = data instanceof Float32Array ? 'setFloat32' : 'setFloat64';
  for (let i = 0; i < data.length; i++) view[set](at + i * data.BYTES_PER_ELEMENT, data[i], true);
}

function readNumbers(view: DataView, at: number, data: NDArray['data']): NDArray['data'] {
  const get = data instanceof Float32Array ? 'getFloat32' : 'getFloat64';
  for (let i = 0; i < data.length; i++) data[i] = view[get](at + i * data.BYTES_PER_ELEMENT, true);
  return data;
}
