import { type Digit, pointsOf } from './features.js';

/** The share of `test` whose nearest digit in `training` has the same class, by the squared distance of their points. */
export function nearestNeighbour(training: readonly Digit[], test: readonly Digit[]): number {
  const width = 2 * training[0].x.length;
  const known = Float32Array.from(training.flatMap(({ x }) => pointsOf(x).flat()));
  const right = test.filter(({ x, y }) => {
    const query = pointsOf(x).flat();
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
