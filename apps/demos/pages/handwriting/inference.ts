/* Queries of the page to the network: its reading of test digits, and of the path on the pad. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { features, type Point, pointsOf, resample } from './features.js';
import type task from './task.js';

/** A digit of the test set, as the network reads it now. */
export interface ReadDigit {
  readonly points: readonly Point[];
  readonly digit: number;
  /** The digit that the network reads. */
  readonly read: number;
}

/** One in this many test digits is shown. */
const STRIDE = 87;

export async function picture(
  network: Network,
  { test }: DataOf<typeof task>,
): Promise<readonly ReadDigit[]> {
  const shown = test.filter((_, i) => i % STRIDE === 0).slice(0, 40);
  const rows = (await network.predict(shown.map(({ x }) => x) as number[][][])) as number[][];
  return shown.map(({ x, y }, i) => ({
    points: pointsOf(x),
    digit: y,
    read: rows[i].indexOf(Math.max(...rows[i])),
  }));
}

/** The probability of each digit for a path in any units, y upwards; undefined for a path without length. */
export async function answer(
  network: Network,
  _: DataOf<typeof task>,
  path: readonly Point[],
): Promise<readonly number[] | undefined> {
  const points = resample(path);
  if (!points) return undefined;
  const [row] = (await network.predict([features(points)])) as number[][];
  return row;
}
