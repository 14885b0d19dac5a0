/* The chorales' melodies as sequences of pitches. */
import { textOf } from '../../src/files.js';
import { bitsOfNgrams } from '../../src/n-grams.js';
import { LOWEST, PITCHES } from './pitches.js';

/** A melody as ids: 0 is {@link LOWEST}. */
export type Melody = readonly number[];

/** The result of the task's `prepare`. */
export interface Melodies {
  readonly training: readonly { readonly x: Melody; readonly y: Melody }[];
  /** The training melodies in their own keys, and the held-out ones. */
  readonly known: readonly Melody[];
  readonly test: readonly Melody[];
}

interface Chorales {
  /** A note is [start, pitch, duration, key signature, time signature, fermata]. */
  readonly chorales: readonly { readonly notes: readonly (readonly number[])[] }[];
}

/** The pitches of each chorale's melody. */
export async function melodiesOf(file: Uint8Array): Promise<Melody[]> {
  const { chorales } = JSON.parse(await textOf(file)) as Chorales;
  return chorales.map(({ notes }) => notes.map(([, pitch]) => pitch - LOWEST));
}

/** Each melody in eleven keys: from five semitones below its own to five above. */
export function inKeys(melodies: readonly Melody[]): Melody[] {
  const keys = Array.from({ length: 11 }, (_, i) => i - 5);
  return melodies.flatMap((melody) => keys.map((semitones) => melody.map((id) => id + semitones)));
}

/** All notes but the last, and the note after each. */
export function nextNotes(melody: Melody): { readonly x: Melody; readonly y: Melody } {
  return { x: melody.slice(0, -1), y: melody.slice(1) };
}

/** Bits per note of a trigram model of `known`, over all notes of `test` but the first of each melody. */
export function trigramBits(known: readonly Melody[], test: readonly Melody[]): number {
  // Two of these come before each melody, so that no note is predicted from the melody before.
  const pause = PITCHES;
  const joined = (melodies: readonly Melody[]) => melodies.flatMap((melody) => [pause, pause, ...melody]);
  const counted = joined(known);
  const ids = [...counted, ...joined(test)];
  const measures = (index: number) => ids[index] !== pause && ids[index - 1] !== pause;
  return bitsOfNgrams(ids, { order: 3, size: PITCHES + 1, end: counted.length, measures });
}
