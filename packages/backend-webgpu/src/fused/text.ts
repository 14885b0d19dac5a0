/* Writing code that repeats itself. */

/** 0, 1, … count − 1 */
export const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** `from`, … `to` − 1 */
export const between = (from: number, to: number) => range(to - from).map((i) => from + i);

/** Lines of code, one for each item. */
export const each = <T>(items: readonly T[], line: (item: T) => string, indent = '  ') =>
  items.map((item) => `\n${indent}${line(item)}`).join('');
