import { FormatError } from '../errors.js';
import { show } from '../options.js';

/** The maximum nesting depth of arrays and objects. A model of nested layers needs fewer than ten levels. */
const maxDepth = 100;

/**
 * Parses JSON from a file. It rejects JSON that is nested so deeply that recursive code would overflow the stack.
 * @param what the name of the value in messages
 * @throws FormatError for a value that is missing, not JSON, or nested too deeply
 */
export function parseJson(what: string, text: string | undefined): unknown {
  if (text === undefined) throw new FormatError(`${what} is missing`);
  if (isDeeperThan(maxDepth, text)) {
    throw new FormatError(`${what} is nested more than ${maxDepth} deep: ${show(text)}`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${what} must be JSON, not ${show(text)}`, { cause });
  }
}

const [quote, backslash, openArray, closeArray, openObject, closeObject] = Array.from('"\\[]{}', (c) =>
  c.charCodeAt(0),
);

function isDeeperThan(maxDepth: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === openArray || code === openObject) {
      if (++depth > maxDepth) return true;
    } else if (code === closeArray || code === closeObject) depth--;
  }
  return false;
}
