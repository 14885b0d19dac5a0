import { FormatError } from '@recurra/core';
import { type UnzipFileInfo, unzipSync } from 'fflate';

/** Weights hardly compress, and their description not by more than this. */
const mostExpansion = 8;
const alwaysAllowed = 1 << 20;

/** In the archive's directory. */
const bytesPerEntry = 46;

/**
 * The files of these names in a zip archive; it may hold others. At most eight times the archive's size is unpacked, and
 * one megabyte.
 * @throws FormatError for what is no zip archive, lacks one of the names, has one twice, or unpacks to too much
 */
export function unzip(bytes: Uint8Array, names: readonly string[]): Uint8Array[] {
  const sizes = new Map<string, number>();
  let entries = 0;
  let allowed = mostExpansion * bytes.length + alwaysAllowed;
  const fail = (problem: string): never => {
    throw new FormatError(`the archive ${problem}`);
  };
  const wanted = ({ name, originalSize }: UnzipFileInfo) => {
    if (++entries > bytes.length / bytesPerEntry)
      fail(`of ${bytes.length} bytes cannot have ${entries} files`);
    if (!names.includes(name)) return false;
    if (sizes.has(name)) fail(`has ${name} twice`);
    sizes.set(name, originalSize);
    allowed -= originalSize;
    // What is unpacked goes into an array of this size, and no further.
    if (!(allowed >= 0))
      fail(`of ${bytes.length} bytes unpacks to more than ${mostExpansion} times its size`);
    return true;
  };
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, { filter: wanted });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`it is not a zip archive: ${(error as Error).message}`, { cause: error });
  }
  return names.map((name) => {
    const size = sizes.get(name);
    if (size === undefined) return fail(`has no ${name}`);
    if (files[name].length !== size) fail(`ends within ${name}`);
    return files[name];
  });
}
