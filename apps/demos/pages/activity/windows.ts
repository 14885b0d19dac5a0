/* Converts recordings to the network's inputs, and its outputs to activities. */
import type { Network } from '@recurra/core';
import { ACTIVITIES } from './activities.js';
import type { Reading, Recording } from './recordings.js';

/** The number of readings that the network reads at once: half a minute. */
export const LENGTH = 120;

/** The mean and the standard deviation of each column. */
export interface Scale {
  readonly mean: Reading;
  readonly deviation: Reading;
}

/** Half a minute of a recording, scaled, and its activity. */
export interface Window {
  readonly x: number[][];
  readonly y: number;
}

export function scaleOf(recordings: readonly Recording[]): Scale {
  const readings = recordings.flatMap(({ readings }) => readings);
  const mean = meanOf(readings);
  const squares = readings.map((reading) => reading.map((value, i) => (value - mean[i]) ** 2));
  return { mean, deviation: meanOf(squares).map(Math.sqrt) };
}

/** Scales the columns to a mean of zero and a standard deviation of one. */
export function scaled(readings: readonly Reading[], { mean, deviation }: Scale): number[][] {
  return readings.map((reading) => reading.map((value, i) => (value - mean[i]) / deviation[i]));
}

/** Windows that begin at every `stride`th reading; the last one ends at the end of the recording. */
export function windowsOf({ readings, activity }: Recording, scale: Scale, stride: number): Window[] {
  const x = scaled(readings, scale);
  const last = x.length - LENGTH;
  return Array.from({ length: Math.ceil(last / stride) + 1 }, (_, i) => {
    const from = Math.min(i * stride, last);
    return { x: x.slice(from, from + LENGTH), y: activity };
  });
}

/** The probability of each activity: [sequences][activities]. */
export async function probabilitiesOf(
  network: Network,
  sequences: readonly number[][][],
): Promise<number[][]> {
  return (await network.predict(sequences)) as number[][];
}

export function mostProbable(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

/** Percent of windows for which the most probable activity is the right one. */
export async function percentRight(network: Network, windows: readonly Window[]): Promise<number> {
  const rows = await probabilitiesOf(
    network,
    windows.map(({ x }) => x),
  );
  return percent(rows.filter((row, i) => mostProbable(row) === windows[i].y).length, windows.length);
}

/** The same for the activity whose average window mean in `known` is nearest to the window's; squared distance. */
export function percentOfNearestMeans(known: readonly Window[], test: readonly Window[]): number {
  const means = ACTIVITIES.map((_, activity) =>
    meanOf(known.filter(({ y }) => y === activity).flatMap(({ x }) => x)),
  );
  const right = test.filter(({ x, y }) => {
    const own = meanOf(x);
    const distances = means.map((mean) => mean.reduce((sum, value, i) => sum + (value - own[i]) ** 2, 0));
    return distances.indexOf(Math.min(...distances)) === y;
  });
  return percent(right.length, test.length);
}

export function meanOf(rows: readonly Reading[]): number[] {
  const sums = new Array<number>(rows[0].length).fill(0);
  for (const row of rows) for (const [i, value] of row.entries()) sums[i] += value;
  return sums.map((sum) => sum / rows.length);
}

function percent(count: number, of: number): number {
  return (100 * count) / of;
}
