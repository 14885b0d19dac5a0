import { FormatError } from '@recurra/core';
import { type UnzipFileInfo, unzipSync } from 'fflate';

/** The largest compression ratio: weights hardly compress, and the JSON files by less than this. */
const mostExpansion = 8;
const alwaysAllowed = 1 << 20;

/** The size of an entry in the archive's directory. */
const bytesPerEntry = 46;

/**
 * Unpacks the files with these names from a zip archive, which may contain others. The limit for the unpacked size is eight
 * times the size of the archive, plus one megabyte.
 * @throws FormatError for bytes that are not a zip archive, a file that is missing or duplicated, or a size
 * that is too large
 */
export function unzip(bytes: Uint8Array, names: readonly string[]): Uint8Array[] {
  const sizes = new Map<string, number>();
  let entries = 0;
  let allowed = mostExpansion * bytes.length + alwaysAllowed;
  const fail = (problem: string): never => {
    throw new FormatError(`the archive ${problem}`);
  };
  const isRequested = ({ name, originalSize }: UnzipFileInfo) => {
    if (++entries > bytes.length / bytesPerEntry)
      fail(`of ${bytes.length} bytes cannot have ${entries} files`);
    if (!names.includes(name)) return false;
    if (sizes.has(name)) fail(`has ${name} twice`);
    sizes.set(name, originalSize);
    allowed -= originalSize;
    // fflate unpacks a file into an array of exactly this size.
    if (!(allowed >= 0))
      fail(`of ${bytes.length} bytes unpacks to more than ${mostExpansion} times its size`);
    return true;
  };
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, { filter: isRequested });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`the file is not a zip archive: ${(error as Error).message}`, { cause: error });
  }
  return names.map((name) => {
    const size = sizes.get(name);
    if (size === undefined) return fail(`has no ${name}`);
    if (files[name].length !== size) fail(`is truncated in ${name}`);
    return files[name];
  });
}
