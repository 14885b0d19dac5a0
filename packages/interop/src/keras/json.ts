import { FormatError } from '@recurra/core';
import { parseJson } from '@recurra/core/files';

/** The JSON in these bytes. @throws FormatError for what is not JSON, or nested too deep, naming the file */
export function readJson(name: string, bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${name} is not UTF-8`, { cause });
  }
  return parseJson(name, text);
}
