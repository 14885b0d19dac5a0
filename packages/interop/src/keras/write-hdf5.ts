/*
 * Writes an HDF5 file of groups and contiguous float32 arrays, as version 0 of the format has them (The HDF Group, "HDF5 File
 * Format Specification Version 3.0"): a superblock, and for each group an object header, a B-tree with one leaf, a symbol
 * table node and a heap of names. All numbers are little-endian, addresses and lengths have 8 bytes.
 */
import type { NDArray } from '@recurra/core';

/** A folder of an HDF5 file: groups and arrays by name. */
export interface HdfGroup {
  readonly [name: string]: HdfGroup | NDArray;
}

const undefinedAddress = 0xffffffffffffffffn;
const treeDegree = 16;
const superblockBytes = 96;

export function writeHdf5(root: HdfGroup): Uint8Array {
  const file = new Bytes();
  const leafDegree = Math.max(4, Math.ceil(largestGroup(root) / 2));
  file.skip(superblockBytes);
  const { header, tree, heap } = writeGroup(file, root, leafDegree);
  const end = file.length;
  file.at(0);
  file.text('\u0089HDF\r\n\u001a\n');
  file.bytes(0, 0, 0, 0, 0, 8, 8, 0);
  file.u16(leafDegree);
  file.u16(treeDegree);
  file.u32(0);
  for (const address of [0n, undefinedAddress, BigInt(end), undefinedAddress]) file.u64(address);
  // The root's entry in a symbol table: its name, its header, and where its tree and heap are.
  file.u64(0n);
  file.u64(header);
  file.u32(1);
  file.u32(0);
  file.u64(tree);
  file.u64(heap);
  return file.result(end);
}

function largestGroup(group: HdfGroup): number {
  const groups = Object.values(group).filter((entry): entry is HdfGroup => !isArray(entry));
  return Math.max(Object.keys(group).length, ...groups.map(largestGroup));
}

function isArray(entry: HdfGroup | NDArray): entry is NDArray {
  return ArrayBuffer.isView(entry.data) && Array.isArray(entry.shape);
}

/** Writes a group after all that it contains; returns the addresses of its parts. */
function writeGroup(file: Bytes, group: HdfGroup, leafDegree: number) {
  const names = Object.keys(group).sort();
  const headers = names.map((name) => {
    const entry = group[name];
    return isArray(entry) ? writeArray(file, entry) : writeGroup(file, entry, leafDegree).header;
  });

  // The heap: the empty name, then each name, at multiples of 8 bytes.
  const offsets: number[] = [];
  let size = 8;
  for (const name of names) {
    offsets.push(size);
    size += 8 * Math.floor(name.length / 8 + 1);
  }
  const data = file.align();
  for (const [i, name] of names.entries()) {
    file.at(data + offsets[i]);
    file.text(name);
  }
  file.at(data + size);
  const heap = file.address();
  file.text('HEAP');
  file.bytes(0, 0, 0, 0);
  file.u64(BigInt(size));
  file.u64(1n); // No free space.
  file.u64(BigInt(data));

  const table = file.address();
  const start = file.position;
  file.text('SNOD');
  file.bytes(1, 0);
  file.u16(names.length);
  for (const [i, header] of headers.entries()) {
    file.u64(BigInt(offsets[i]));
    file.u64(header);
    file.skip(24);
  }
  file.at(start + 8 + 2 * leafDegree * 40);

  const tree = file.address();
  const root = file.position;
  file.text('TREE');
  file.bytes(0, 0);
  file.u16(names.length === 0 ? 0 : 1);
  file.u64(undefinedAddress);
  file.u64(undefinedAddress);
  file.u64(0n);
  file.u64(table);
  file.u64(BigInt(offsets.at(-1) ?? 0));
  file.at(root + 24 + (4 * treeDegree + 1) * 8);

  const places = message((body) => {
    body.u64(tree);
    body.u64(heap);
  });
  const header = writeHeader(file, [[0x11, places]]);
  return { header, tree, heap };
}

/** Writes an array, and returns the address of its object header. */
function writeArray(file: Bytes, { data, shape }: NDArray): bigint {
  const address = file.align();
  for (const value of data) file.f32(value);
  const space = message((body) => {
    body.bytes(1, shape.length, 0, 0, 0, 0, 0, 0);
    for (const length of shape) body.u64(BigInt(length));
  });
  // IEEE 754 float32: the sign is bit 31, the exponent has 8 bits from 23 on, the mantissa 23 bits from 0 on.
  const type = message((body) => {
    body.bytes(0x11, 0x20, 31, 0);
    body.u32(4);
    body.u16(0);
    body.u16(32);
    body.bytes(23, 8, 0, 23);
    body.u32(127);
  });
  const layout = message((body) => {
    body.bytes(3, 1);
    body.u64(data.length === 0 ? undefinedAddress : BigInt(address));
    body.u64(BigInt(4 * data.length));
  });
  return writeHeader(file, [
    [0x01, space],
    [0x03, type],
    [0x08, layout],
  ]);
}

/** An object header of version 1, with its messages. */
function writeHeader(file: Bytes, messages: readonly (readonly [type: number, body: Uint8Array])[]): bigint {
  const address = BigInt(file.align());
  file.bytes(1, 0);
  file.u16(messages.length);
  file.u32(1);
  file.u32(messages.reduce((size, [, body]) => size + 8 + body.length, 0));
  file.u32(0);
  for (const [type, body] of messages) {
    file.u16(type);
    file.u16(body.length);
    file.bytes(0, 0, 0, 0, ...body);
  }
  return address;
}

/** The body of a message, padded to a multiple of 8 bytes. */
function message(write: (body: Bytes) => void): Uint8Array {
  const body = new Bytes();
  write(body);
  return body.result(body.align());
}

/** Bytes that grow; positions are written in any order. */
class Bytes {
  position = 0;
  length = 0;
  #view = new DataView(new ArrayBuffer(1024));

  at(position: number): void {
    this.position = position;
    this.#grow(0);
  }

  skip(count: number): void {
    this.at(this.position + count);
  }

  /** Moves to the next multiple of 8 at the end, and returns it. */
  align(): number {
    this.at(8 * Math.ceil(this.length / 8));
    return this.position;
  }

  address(): bigint {
    return BigInt(this.align());
  }

  text(characters: string): void {
    for (const character of characters) this.bytes(character.charCodeAt(0));
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) {
      const at = this.#grow(1);
      this.#view.setUint8(at, value);
    }
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, true);
  }

  f32(value: number): void {
    const at = this.#grow(4);
    this.#view.setFloat32(at, value, true);
  }

  result(length: number): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, length).slice();
  }

  /** Makes room for `count` bytes, which may replace the view, moves past them, and returns where they begin. */
  #grow(count: number): number {
    const begin = this.position;
    this.position += count;
    this.length = Math.max(this.length, this.position);
    if (this.length > this.#view.byteLength) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return begin;
  }
}
