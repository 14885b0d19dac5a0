/** The share of `test` whose nearest sample of `training` is of the same class; `points` are compared, squared distance. */
export function nearestNeighbour(training: readonly Labelled[], test: readonly Labelled[]): number {
  const width = 2 * training[0].points.length;
  const known = Float32Array.from(training.flatMap(({ points }) => points.flat()));
  const right = test.filter(({ points, y }) => {
    const query = points.flat();
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let row = 0; row < training.length; row++) {
      let sum = 0;
      for (let i = 0; i < width && sum < least; i++) sum += (known[row * width + i] - query[i]) ** 2;
      if (sum < least) [best, least] = [row, sum];
    }
    return training[best].y === y;
  });
  return right.length / test.length;
}

interface Labelled {
  readonly points: readonly (readonly number[])[];
  readonly y: number;
}
