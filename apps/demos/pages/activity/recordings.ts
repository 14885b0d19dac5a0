/* The recordings of the data set, and the changes that a reader can make to one. */
import { seededRandom } from '@recurra/core';
import { rowsOf } from '../../src/files.js';
import { ACTIVITIES } from './activities.js';

/** Readings in a second. */
export const RATE = 4;

/**
 * The strengths of the radio signals between three nodes in a quarter of a second: the mean and the standard
 * deviation for each pair of nodes.
 */
export type Reading = readonly number[];

/** The pairs of nodes; each has two numbers in a {@link Reading}. */
export const PAIRS = ['Chest and right ankle', 'Chest and left ankle', 'Right and left ankle'] as const;

export interface Recording {
  /** The activity and a number, as in `walking-3`. */
  readonly name: string;
  /** An index in {@link ACTIVITIES}. */
  readonly activity: number;
  readonly readings: readonly Reading[];
}

/** The changes that a reader can make to a recording. */
export const CHANGES = ['none', 'mute-0', 'mute-1', 'mute-2', 'reversed', 'shuffled'] as const;
export type Change = (typeof CHANGES)[number];

/** The recordings in the order of the file. Seven are copies of earlier ones, and are left out. */
export async function recordingsOf(file: Uint8Array): Promise<Recording[]> {
  const byName = new Map<string, Recording & { readings: Reading[] }>();
  for (const [id, sequence, , ...reading] of await rowsOf(file)) {
    const name = `${id}-${sequence}`;
    let recording = byName.get(name);
    if (!recording) {
      const activity = ACTIVITIES.findIndex((activity) => activity.id === id);
      recording = { name, activity, readings: [] };
      byName.set(name, recording);
    }
    recording.readings.push(reading.map(Number));
  }
  const all = [...byName.values()];
  return all.filter((recording, i) => !all.slice(0, i).some((earlier) => isCopy(recording, earlier)));
}

/** True if nine in ten readings are the same. */
function isCopy({ readings }: Recording, earlier: Recording): boolean {
  const same = readings.filter((reading, i) =>
    reading.every((value, column) => value === earlier.readings[i]?.[column]),
  );
  return same.length > 0.9 * readings.length;
}

/** @param level the constant reading of a muted pair */
export function changed(readings: readonly Reading[], change: Change, level: Reading): readonly Reading[] {
  if (change === 'none') return readings;
  if (change === 'reversed') return [...readings].reverse();
  if (change === 'shuffled') return seededRandom(1, 'readings').shuffle([...readings]);
  const muted = Number(change.slice('mute-'.length));
  return readings.map((reading) =>
    reading.map((value, column) => (Math.floor(column / 2) === muted ? level[column] : value)),
  );
}
