import { OptionError } from '@recurra/core';

const FORM = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST = 30;

/** Names that the template's files declare, and JavaScript's reserved words. */
const RESERVED = new Set(
  [
    'elementwise indexing matmul memory missing reduce shape softmax use upload read free dispose context',
    'await break case catch class const continue debugger default delete do else enum export extends false finally for',
    'function if implements import in instanceof interface let new null package private protected public return static',
    'super switch this throw true try typeof var void while with yield arguments eval',
  ].flatMap((line) => line.split(' ')),
);

/**
 * The name of the function that creates the backend: `webNn` for `web-nn`.
 * @throws OptionError for a name that is not valid for both a package and a function
 */
export function factoryOf(name: string): string {
  if (!FORM.test(name) || name.length > LONGEST) {
    throw new OptionError(
      `new-backend: a name is lower-case words joined by hyphens, of at most ${LONGEST} characters, such as "web-nn"; not "${name}"`,
    );
  }
  const factory = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  if (RESERVED.has(factory)) {
    throw new OptionError(
      `new-backend: "${name}" cannot be used: its function would be called ${factory}(), which is a reserved name`,
    );
  }
  return factory;
}
