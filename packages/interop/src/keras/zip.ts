import { FormatError } from '@recurra/core';
import { Unzip, type UnzipFile, UnzipInflate } from 'fflate';
import { joined } from './bytes.js';

/** Weights hardly compress, and their description not by more than this. */
const mostExpansion = 8;
const alwaysAllowed = 1 << 20;

/** So small a piece of the archive cannot hold much more than eight megabytes. */
const pieceBytes = 8192;

/**
 * The files of these names in a zip archive; it may hold others. At most eight times the archive's size is unpacked, and
 * one megabyte.
 * @throws FormatError for what is no zip archive, lacks one of the names, has one twice, or unpacks to too much
 */
export function unzip(bytes: Uint8Array, names: readonly string[]): Uint8Array[] {
  let allowed = mostExpansion * bytes.length + alwaysAllowed;
  const found = new Map<string, { pieces: Uint8Array[]; ended: boolean }>();
  const fail = (problem: string): never => {
    throw new FormatError(`the archive ${problem}`);
  };
  let failure: unknown;
  const unpack = new Unzip((file: UnzipFile) => {
    if (!names.includes(file.name)) return;
    if (found.has(file.name)) fail(`has ${file.name} twice`);
    const entry = { pieces: [] as Uint8Array[], ended: false };
    found.set(file.name, entry);
    file.ondata = (error, piece, final) => {
      if (error) failure ??= error;
      allowed -= piece?.length ?? 0;
      if (failure || allowed < 0) return;
      entry.pieces.push(piece);
      entry.ended = final;
    };
    file.start();
  });
  unpack.register(UnzipInflate);
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const end = Math.min(at + pieceBytes, bytes.length);
      unpack.push(bytes.subarray(at, end), end === bytes.length);
      if (allowed < 0) fail(`of ${bytes.length} bytes unpacks to more than ${mostExpansion} times its size`);
      if (failure) throw failure;
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`it is not a zip archive: ${(error as Error).message}`, { cause: error });
  }
  return names.map((name) => {
    const entry = found.get(name);
    if (!entry?.ended) return fail(entry ? `ends within ${name}` : `has no ${name}`);
    return joined(entry.pieces);
  });
}
