/* Writing code that repeats itself. */

/** 0, 1, … count − 1 */
export const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Lines of code, of which those that are not wanted are left out. */
export const lines = (...parts: readonly (string | false | readonly string[])[]): string =>
  parts
    .flat()
    .filter((line): line is string => line !== false)
    .join('\n');
