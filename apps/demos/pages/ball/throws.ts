/* Random throws in the form that the network reads, and simple forecasts of them. */
import { type Network, seededRandom } from '@recurra/core';
import type { Baseline } from '../../src/task.js';
import {
  distance,
  flight,
  frameOf,
  middleOf,
  type Position,
  reflected,
  SEEN,
  SIZE,
  SPEEDS,
  type Throw,
  WALLS,
} from './world.js';

/** The frames of a throw, [SEEN, SIZE, SIZE, 1], and the ball's x and y in each of the frames after them. */
export interface ThrowSample {
  readonly x: { readonly data: Float32Array; readonly shape: readonly number[] };
  readonly y: readonly number[];
}

const MIDDLE = (WALLS[0] + WALLS[1]) / 2;
const REACH = (WALLS[1] - WALLS[0]) / 2;

/** `count` throws from random positions in random directions. */
export function throwsOf(seed: number, count: number): Throw[] {
  const draw = seededRandom(seed, 'throws');
  const between = ([least, most]: readonly [number, number]) => least + draw.uniform() * (most - least);
  return Array.from({ length: count }, () => {
    const [angle, speed] = [between([0, 2 * Math.PI]), between(SPEEDS)];
    return {
      from: [between(WALLS), between(WALLS)],
      velocity: [speed * Math.cos(angle), speed * Math.sin(angle)],
    };
  });
}

/** The first frames of a flight, and the ball's positions in the `ahead` frames after them. */
export function sampleOf(path: readonly Position[], ahead: number): ThrowSample {
  const data = new Float32Array(SEEN * SIZE * SIZE);
  for (let frame = 0; frame < SEEN; frame++) data.set(frameOf(path[frame]), frame * SIZE * SIZE);
  const next = path.slice(SEEN, SEEN + ahead);
  return {
    x: { data, shape: [SEEN, SIZE, SIZE, 1] },
    y: next.flat().map((pixel) => (pixel - MIDDLE) / REACH),
  };
}

/** Samples of new throws. */
export function samplesOf(seed: number, count: number, ahead: number): ThrowSample[] {
  return throwsOf(seed, count).map((thrown) => sampleOf(flight(thrown, SEEN + ahead), ahead));
}

/** The positions in pixels, one for each frame ahead, of a network's output or a sample's `y`. */
export function positionsOf(output: readonly number[]): Position[] {
  const pixels = output.map((value) => value * REACH + MIDDLE);
  return Array.from({ length: pixels.length / 2 }, (_, i) => [pixels[2 * i], pixels[2 * i + 1]]);
}

/** The network's forecast for each sample. */
export async function forecastsOf(network: Network, samples: readonly ThrowSample[]): Promise<Position[][]> {
  return ((await network.predict(samples.map(({ x }) => x))) as number[][]).map(positionsOf);
}

/** Extends the line through the ball's last two positions; with `bounces`, reflects it at the walls. */
export function straightOn({ x, y }: ThrowSample, bounces = false): Position[] {
  const frame = (index: number) => middleOf(x.data.subarray(index * SIZE * SIZE, (index + 1) * SIZE * SIZE));
  const [before, last] = [frame(SEEN - 2), frame(SEEN - 1)];
  const on = (axis: 0 | 1, ahead: number) => {
    const straight = last[axis] + ahead * (last[axis] - before[axis]);
    return bounces ? reflected(straight) : straight;
  };
  return Array.from({ length: y.length / 2 }, (_, i) => [on(0, i + 1), on(1, i + 1)]);
}

/** The mean distance in pixels between the forecast and the true position in the last frame ahead. */
export function meanDistance(
  samples: readonly ThrowSample[],
  forecasts: readonly (readonly Position[])[],
): number {
  const off = samples.map(({ y }, i) => {
    const truth = positionsOf(y);
    return distance(truth[truth.length - 1], forecasts[i][truth.length - 1]);
  });
  return off.reduce((sum, pixels) => sum + pixels, 0) / off.length;
}

/** The mean distances of straight lines: one that ignores the walls, and one that knows them. */
export function straightLines(samples: readonly ThrowSample[]): readonly Baseline[] {
  const off = (bounces: boolean) =>
    meanDistance(
      samples,
      samples.map((sample) => straightOn(sample, bounces)),
    );
  return [
    { name: 'a straight line', score: off(false) },
    { name: 'a straight line that knows the walls', score: off(true) },
  ];
}
