/* Math.max(...values) fails above about 125,000 values: each is an argument. */

/** The largest value; -Infinity if there is none. */
export function largest(values: Iterable<number>): number {
  let extreme = Number.NEGATIVE_INFINITY;
  for (const value of values) extreme = Math.max(extreme, value);
  return extreme;
}

/** The smallest value; Infinity if there is none. */
export function smallest(values: Iterable<number>): number {
  let extreme = Number.POSITIVE_INFINITY;
  for (const value of values) extreme = Math.min(extreme, value);
  return extreme;
}
