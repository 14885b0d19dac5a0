import { FormatError } from '@recurra/core';
import { parseJson } from '@recurra/core/files';

/** Parses JSON. @throws FormatError, with the name of the file, for bytes that are not JSON or are nested too deep */
export function readJson(name: string, bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${name} is not UTF-8`, { cause });
  }
  return parseJson(name, text);
}
