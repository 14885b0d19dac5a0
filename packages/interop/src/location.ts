import { FormatError } from '@recurra/core';

/** Reads a file in the model's folder. */
export type ReadFile = (location: string) => Promise<Uint8Array | ArrayBufferLike>;

/**
 * Checks a path from a model: it must be relative, in the model's folder or below.
 * @throws FormatError for a path outside of the folder
 */
export function checkLocation(location: string): string {
  const parts = location.split('/');
  const inside = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  // No drive, URL scheme, NTFS stream, Windows path or null character.
  if (inside && !/[\\:\0]/.test(location)) return location;
  throw new FormatError(
    `the model names the file ${JSON.stringify(location.slice(0, 200))}; files must be in the folder of the model`,
  );
}
