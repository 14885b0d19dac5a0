/* Converts the pen's path to the network's input. */

/** x to the right and y upwards. */
export type Point = readonly [x: number, y: number];

/** A sample of the data set: the network's input for its eight points, and the digit. */
export interface Digit {
  readonly x: number[][];
  readonly y: number;
}

/**
 * Each point's position, from −1 to 1, and its offset from the point before: [points, 4]. The points are from
 * 0 to 100.
 */
export function features(points: readonly Point[]): number[][] {
  return points.map(([x, y], i) => {
    const [fromX, fromY] = points[Math.max(i - 1, 0)];
    return [x / 50 - 1, y / 50 - 1, (x - fromX) / 50, (y - fromY) / 50];
  });
}

/** Recovers the points from {@link features}: whole numbers, 0 to 100. */
export function pointsOf(x: readonly number[][]): Point[] {
  return x.map(([right, up]) => [Math.round(50 * (right + 1)), Math.round(50 * (up + 1))]);
}

/**
 * `count` points at equal distances along a path, stretched to fill 0 to 100 in both directions, as in the data set.
 * Undefined for a path without length.
 */
export function resample(path: readonly Point[], count = 8): Point[] | undefined {
  const along = [0];
  for (let i = 1; i < path.length; i++) along.push(along[i - 1] + distance(path[i - 1], path[i]));
  const length = along.at(-1) ?? 0;
  if (!(length > 0)) return undefined;
  let segment = 0;
  const points = Array.from({ length: count }, (_, i): Point => {
    const at = (length * i) / (count - 1);
    while (segment < path.length - 2 && along[segment + 1] < at) segment++;
    const share = (at - along[segment]) / (along[segment + 1] - along[segment] || 1);
    const [from, to] = [path[segment], path[segment + 1]];
    return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
  });
  const xs = stretch(points.map(([x]) => x));
  const ys = stretch(points.map(([, y]) => y));
  return xs.map((x, i) => [x, ys[i]]);
}

function stretch(values: readonly number[]): number[] {
  const least = Math.min(...values);
  const range = Math.max(...values) - least;
  return values.map((value) => (range > 0 ? (100 * (value - least)) / range : 50));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
