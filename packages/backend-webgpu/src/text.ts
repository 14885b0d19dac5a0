/* Helpers that generate repetitive code. */

/** 0, 1, … count − 1 */
export const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Joins lines of code, and leaves out those that are false. */
export const lines = (...parts: readonly (string | false | readonly string[])[]): string =>
  parts
    .flat()
    .filter((line): line is string => line !== false)
    .join('\n');
