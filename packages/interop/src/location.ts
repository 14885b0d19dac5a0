import { FormatError } from '@recurra/core';

/** Gives the bytes of a file beside the model. */
export type ReadFile = (location: string) => Promise<Uint8Array | ArrayBufferLike>;

/**
 * The path of a file beside a model, as the model gives it: relative, in the model's folder or below.
 * @throws FormatError for one that leads out of it
 */
export function checkLocation(location: string): string {
  const parts = location.split('/');
  const inside = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  // A drive, a scheme, a stream of NTFS, a Windows path, or a name that ends early.
  if (inside && !/[\\:\0]/.test(location)) return location;
  throw new FormatError(
    `the model names the file ${JSON.stringify(location.slice(0, 200))}; files must be in its own folder`,
  );
}
