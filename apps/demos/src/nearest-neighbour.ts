/**
 * The share of `queries` whose nearest example of `known`, by squared distance, has the same label `y`; of equally near ones the
 * first decides.
 *
 * @param values the numbers that are compared; each example has the same number of them
 */
export function nearestNeighbour<Example extends { readonly y: number }>(
  known: readonly Example[],
  queries: readonly Example[],
  values: (example: Example) => ArrayLike<number>,
): number {
  const rows = known.map(values);
  const right = queries.filter((example) => {
    const queries = values(example);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [index, row] of rows.entries()) {
      let sum = 0;
      for (let i = 0; i < queries.length && sum < least; i++) sum += (row[i] - queries[i]) ** 2;
      if (sum < least) [best, least] = [index, sum];
    }
    return known[best].y === example.y;
  });
  return right.length / queries.length;
}
