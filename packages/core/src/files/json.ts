import { FormatError } from '../errors.js';
import { show } from '../options.js';

/** Arrays and objects within one another. A model of layers within layers needs fewer than ten. */
const maxDepth = 100;

/**
 * The JSON of a file. It is refused where it is nested so deeply that code that goes through it by recursion would overflow
 * the stack.
 * @param what how messages call it
 * @throws FormatError for what is missing, not JSON, or too deep
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

function isDeeperThan(most: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === openArray || code === openObject) {
      if (++depth > most) return true;
    } else if (code === closeArray || code === closeObject) depth--;
  }
  return false;
}
