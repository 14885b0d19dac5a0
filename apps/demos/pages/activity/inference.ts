/* What the page asks of the network: its activities for the recordings kept back, and what it says of one, moment by moment. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { type Change, changed, RATE, type Reading } from './recordings.js';
import type task from './task.js';
import { LENGTH, mostProbable, probabilitiesOf, scaled, windowsOf } from './windows.js';

type Recordings = DataOf<typeof task>;

/** A recording kept back, with what the network tells of each half minute of it. */
export interface Told {
  readonly name: string;
  readonly activity: number;
  readonly told: readonly number[];
}

/** A recording, and another one after it unless `next` is left out, each changed alike. */
export interface Question {
  readonly name: string;
  readonly next?: string;
  readonly change: Change;
}

export interface Answer {
  readonly readings: readonly Reading[];
  /** By second, the activity of the recording. */
  readonly truth: readonly number[];
  /** By second, the network's probabilities after the readings of at most half a minute: [seconds][activities]. */
  readonly probabilities: readonly (readonly number[])[];
  /** By second, the most probable activity. */
  readonly told: readonly number[];
}

export async function picture(
  network: Network,
  { test, testWindows, scale }: Recordings,
): Promise<readonly Told[]> {
  const rows = await probabilitiesOf(
    network,
    testWindows.map(({ x }) => x),
  );
  const all = rows.map(mostProbable);
  return test.map((recording) => {
    const { length } = windowsOf(recording, scale, LENGTH);
    return { name: recording.name, activity: recording.activity, told: all.splice(0, length) };
  });
}

/** @returns undefined for recordings that are not among those kept back */
export async function answer(
  network: Network,
  { test, scale }: Recordings,
  { name, next, change }: Question,
): Promise<Answer | undefined> {
  const wanted = next === undefined ? [name] : [name, next];
  const parts = wanted.map((wanted) => test.find(({ name }) => name === wanted));
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
    told: probabilities.map(mostProbable),
  };
}
