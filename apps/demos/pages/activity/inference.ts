/*
 * Queries of the page to the network: its activities for the held-out recordings, and its predictions for one
 * recording, second by second.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { type Change, changed, RATE, type Reading } from './recordings.js';
import type task from './task.js';
import { LENGTH, mostProbable, probabilitiesOf, scaled, windowsOf } from './windows.js';

type Recordings = DataOf<typeof task>;

/** A held-out recording, with the network's prediction for each half minute. */
export interface Predicted {
  readonly name: string;
  readonly activity: number;
  readonly predicted: readonly number[];
}

/** A recording, followed by another one unless `next` is absent; both are changed in the same way. */
export interface Question {
  readonly name: string;
  readonly next?: string;
  readonly change: Change;
}

export interface Answer {
  readonly readings: readonly Reading[];
  /** The activity of the recording, by second. */
  readonly truth: readonly number[];
  /**
   * The network's probabilities by second, from the readings of at most half a minute before:
   * [seconds][activities].
   */
  readonly probabilities: readonly (readonly number[])[];
  /** The most probable activity, by second. */
  readonly predicted: readonly number[];
}

export async function picture(
  network: Network,
  { test, testWindows, scale }: Recordings,
): Promise<readonly Predicted[]> {
  const rows = await probabilitiesOf(
    network,
    testWindows.map(({ x }) => x),
  );
  const all = rows.map(mostProbable);
  return test.map((recording) => {
    const { length } = windowsOf(recording, scale, LENGTH);
    return { name: recording.name, activity: recording.activity, predicted: all.splice(0, length) };
  });
}

/** @returns undefined for recordings that are not held out */
export async function answer(
  network: Network,
  { test, scale }: Recordings,
  { name, next, change }: Question,
): Promise<Answer | undefined> {
  const names = next === undefined ? [name] : [name, next];
  const parts = names.map((name) => test.find((recording) => recording.name === name));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const readings = parts.flatMap((part) => changed(part.readings, change, scale.mean));
  const activities = parts.flatMap(({ readings, activity }) => readings.map(() => activity));
  const ends = Array.from({ length: Math.floor(readings.length / RATE) }, (_, second) => (second + 1) * RATE);
  const x = scaled(readings, scale);
  const probabilities = await probabilitiesOf(
    network,
    ends.map((end) => x.slice(Math.max(end - LENGTH, 0), end)),
  );
  return {
    readings,
    truth: ends.map((end) => activities[end - 1]),
    probabilities,
    predicted: probabilities.map(mostProbable),
  };
}
